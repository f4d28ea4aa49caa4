/**
 * What only the full set of built-ins has (full.ts). Plain data: the core words its error sentences with it, and the
 * lab's host side finds out with it which set a program needs (process/variant.ts).
 */

/** Modules, named without `node:`. The core's node:zlib says what is missing when it is called: express imports it and rarely calls it. */
export const FULL_MODULES = [
  'http2',
  'https',
  'readline',
  'readline/promises',
  'stream/web',
  'tls',
  'v8',
  'zlib',
] as const;

/** Free names. */
export const FULL_GLOBALS = [
  'BroadcastChannel',
  'CloseEvent',
  'ByteLengthQueuingStrategy',
  'CompressionStream',
  'CountQueuingStrategy',
  'CryptoKey',
  'DecompressionStream',
  'MessageChannel',
  'MessageEvent',
  'MessagePort',
  'PerformanceEntry',
  'PerformanceMark',
  'PerformanceMeasure',
  'PerformanceObserver',
  'PerformanceObserverEntryList',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'TextDecoderStream',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'WebAssembly',
  'WebSocket',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
] as const;

/** Members of what the core has, which work, or work completely, only in the full set: `crypto.subtle`, `Readable.toWeb`, … */
export const FULL_MEMBERS = [
  'createCipheriv',
  'createDecipheriv',
  'createHistogram',
  'createPrivateKey',
  'createPublicKey',
  'createSecretKey',
  'createSign',
  'createVerify',
  'diffieHellman',
  'duplex',
  'duplexPair',
  'eventLoopUtilization',
  'formData',
  'fromWeb',
  'generateKeyPair',
  'generateKeyPairSync',
  'generateKeySync',
  'getCallSites',
  'getReader',
  'hkdf',
  'hkdfSync',
  'timerify',
  'watchFile',
  'opendir',
  'opendirSync',
  'cpSync',
  'resolveMx',
  'resolveSrv',
  'resolveTxt',
  'pipeThrough',
  'pipeTo',
  'markAsUncloneable',
  'monitorEventLoopDelay',
  'subtle',
  'toWeb',
] as const;

/** Functions of Math that are computed the same in every browser only in the full set; and `**`, which is `pow`. */
export const FULL_MATH = [
  ...['acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1', 'hypot'],
  ...['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'tan', 'tanh'],
] as const;

/**
 * Functions of Node's modules that the lab has not, but for names that are everyday words; the full set says so when
 * they are called (absent.ts).
 */
export const ABSENT: Readonly<Record<string, string>> = {
  crypto:
    'DiffieHellman DiffieHellmanGroup ECDH argon2 argon2Sync checkPrimeSync createDiffieHellmanGroup decapsulate ' +
    'encapsulate generatePrimeSync getCipherInfo getDiffieHellman randomUUIDv7',
  dns: 'lookupService',
  fs:
    'Utf8Stream fchmod fchmodSync fchown fchownSync fdatasync fdatasyncSync ftruncate ftruncateSync futimes ' +
    'futimesSync lchmod lchmodSync lchown lchownSync lutimes lutimesSync mkdtempDisposableSync openAsBlob readv ' +
    'readvSync writev writevSync',
  'fs/promises': 'lchmod lchown lutimes mkdtempDisposable',
  http: 'setGlobalProxyFromEnv',
  module:
    'enableCompileCache findPackageJSON findSourceMap flushCompileCache getCompileCacheDir getSourceMapsSupport ' +
    'registerHooks runMain setSourceMapsSupport stripTypeScriptTypes syncBuiltinESMExports',
  net: 'BoundSocket',
  util:
    'MIMEParams MIMEType convertProcessSignalToExitCode getSystemErrorMap getSystemErrorMessage ' +
    'setTraceSigInt transferableAbortController transferableAbortSignal',
  v8:
    'DefaultDeserializer DefaultSerializer GCProfiler getCppHeapStatistics isStringOneByteRepresentation ' +
    'queryObjects setHeapSnapshotNearHeapLimit startCpuProfile stopCoverage takeCoverage',
  worker_threads: 'postMessageToThread',
  zlib: 'createZstdCompress createZstdDecompress zstdCompress zstdCompressSync zstdDecompress zstdDecompressSync',
};

/** What to do when the core is asked for `what`. */
export const notLoaded = (what: string) =>
  `${what} is in the lab's full set of built-ins, which a program gets when one of its files or packages names it. ` +
  `Write the name out in a file of the service, as in \`import 'node:http2'\`, and start it again.`;
