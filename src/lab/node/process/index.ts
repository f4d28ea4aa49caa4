/** The process object and node:process. Source: Node 24's documentation. */
import { codes, missing } from '../errors.ts';
import { EventEmitter } from '../events.ts';
import { validateFunction, validateInteger, validateString } from '../validators.ts';
import { signals } from './signals.ts';
import { createInput, createOutput } from './stdio.ts';
import { emitWarning, printWarning } from './warnings.ts';

// As in Node: process is an instance of a class `process` whose prototype's prototype is EventEmitter's.
const proto = Object.create(EventEmitter.prototype, {
  constructor: { value: { process() {} }.process, writable: true, configurable: true },
  [Symbol.toStringTag]: { value: 'process', configurable: true },
});
export const process: any = Object.create(proto);
EventEmitter.call(process);

let cwd = __kernel.cwd;
let mask = 0o22;
let isExiting = false;
let captureCallback: ((error: unknown) => void) | null = null;
let exitCode: number | string | undefined;

Object.assign(process, {
  title: 'node',
  version: 'v24.21.0',
  versions: {
    node: '24.21.0',
    v8: '13.6.233.10-node.28',
    uv: '1.51.0',
    zlib: '1.3.1',
    modules: '137',
    openssl: '3.0.17',
    unicode: '16.0',
  },
  arch: 'x64',
  platform: 'linux',
  release: { name: 'node', lts: 'Krypton' },
  pid: __kernel.pid,
  ppid: 0,
  execPath: '/usr/local/bin/node',
  execArgv: [],
  argv: [...__kernel.argv],
  argv0: 'node',
  env: createEnv(),
  config: Object.freeze({ target_defaults: {}, variables: {} }),
  features: Object.freeze({ inspector: false, debug: false, uv: true, ipv6: true, typescript: 'strip' }),
  allowedNodeEnvironmentFlags: new Set<string>(),
  exiting: false,
  noDeprecation: false,

  nextTick(callback: (...args: any[]) => void, ...args: any[]): void {
    validateFunction(callback, 'callback');
    if (isExiting) return;
    __kernel.nextTick(args.length === 0 ? () => callback() : () => callback(...args));
  },

  exit(code?: number | string): never {
    if (code !== undefined && code !== null) process.exitCode = code;
    return __kernel.exit(Number(exitCode ?? 0));
  },
  reallyExit: (code = 0) => __kernel.exit(code),
  abort: () => __kernel.exit(134),

  cwd: () => cwd,
  chdir(directory: string): void {
    validateString(directory, 'directory');
    cwd = directory.startsWith('/') ? directory : `${cwd}/${directory}`;
  },
  umask(next?: number): number {
    const before = mask;
    if (next !== undefined) mask = Number(next) & 0o777;
    return before;
  },
  getuid: () => 0,
  geteuid: () => 0,
  getgid: () => 0,
  getegid: () => 0,
  getgroups: () => [0],

  hrtime: Object.assign(
    (before?: [number, number]): [number, number] => {
      const us = __kernel.nowUs();
      let seconds = Math.floor(us / 1e6);
      let nanos = Math.round((us % 1e6) * 1000);
      if (before !== undefined) {
        seconds -= before[0];
        nanos -= before[1];
        if (nanos < 0) {
          seconds--;
          nanos += 1e9;
        }
      }
      return [seconds, nanos];
    },
    { bigint: () => BigInt(Math.round(__kernel.nowUs() * 1000)) },
  ),
  uptime: () => __kernel.uptimeUs() / 1e6,
  memoryUsage: Object.assign(() => ({ ...__kernel.memoryUsage() }), { rss: () => __kernel.memoryUsage().rss }),
  constrainedMemory: () => 0,
  availableMemory: () => 1_073_741_824,
  cpuUsage(before?: { user: number; system: number }) {
    // All of it counts as user time: the lab's processes make no real system calls.
    return { user: __kernel.cpuUsedUs() - (before?.user ?? 0), system: 0 };
  },
  resourceUsage: () => ({
    userCPUTime: __kernel.cpuUsedUs(),
    systemCPUTime: 0,
    maxRSS: __kernel.memoryUsage().rss / 1024,
  }),
  getActiveResourcesInfo: () => [],
  _getActiveHandles: () => [],
  _getActiveRequests: () => [],

  kill(pid: number, signal: string | number = 'SIGTERM'): true {
    if (pid !== (pid | 0)) throw new codes.ERR_INVALID_ARG_TYPE('pid', 'number', pid);
    if (signal === 0) return true;
    const name = typeof signal === 'number' ? Object.keys(signals).find((key) => signals[key] === signal) : signal;
    if (name === undefined || signals[name] === undefined) throw new codes.ERR_UNKNOWN_SIGNAL(signal);
    __kernel.kill(pid, name);
    return true;
  },

  emitWarning,
  setUncaughtExceptionCaptureCallback(callback: ((error: unknown) => void) | null): void {
    if (callback !== null) {
      validateFunction(callback, 'fn');
      if (captureCallback !== null) throw new codes.ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET();
    }
    captureCallback = callback;
  },
  hasUncaughtExceptionCaptureCallback: () => captureCallback !== null,
  setSourceMapsEnabled() {},
  loadEnvFile: () => missing('process.loadEnvFile', 'Set `environment` or `env_file` in compose.yaml.'),
  binding: (name: string) => missing(`process.binding('${name}')`, 'Use the public modules.'),
  dlopen: () => missing('process.dlopen', 'Native addons cannot run here; use a package written in JavaScript.'),
});

Object.defineProperty(process, 'exitCode', {
  enumerable: true,
  configurable: true,
  get: () => exitCode,
  set(code: unknown) {
    if (code !== undefined && code !== null) {
      const value = typeof code === 'string' && code !== '' && Number.isInteger(Number(code)) ? Number(code) : code;
      validateInteger(value, 'code');
    }
    exitCode = code as number;
  },
});

/** Streams of process that somebody asked for. */
const made = new Map<string, unknown>();

function lazy(name: string, make: () => unknown): void {
  const get = () => {
    if (!made.has(name)) made.set(name, make());
    return made.get(name);
  };
  Object.defineProperty(process, name, { enumerable: true, configurable: true, get });
}
lazy('stdout', () => createOutput(1));
lazy('stderr', () => createOutput(2));

/** Writes to process.stdout or stderr; past the stream while nobody has touched it, which is what most programs do. */
export function writeOutput(fd: 1 | 2, text: string): void {
  const name = fd === 1 ? 'stdout' : 'stderr';
  if (made.has(name) || !isUntouched(name)) process[name].write(text);
  else __kernel.write(fd, text);
}

const isUntouched = (name: string) => Object.getOwnPropertyDescriptor(process, name)?.get !== undefined;
lazy('stdin', createInput);

/** Everything assigned to process.env becomes text. */
function createEnv(): Record<string, string> {
  return new Proxy(
    { ...__kernel.env },
    {
      set(target, key, value) {
        if (typeof key === 'symbol' || typeof value === 'symbol') {
          throw new TypeError('Cannot convert a Symbol value to a string');
        }
        target[key] = String(value);
        return true;
      },
    },
  );
}

// The kernel is asked for a signal while somebody listens to it.
const registered = new Map<string, () => void>();
process.on('newListener', (name: string | symbol) => {
  if (typeof name !== 'string' || signals[name] === undefined || registered.has(name)) return;
  registered.set(
    name,
    __kernel.onSignal(name, () => process.emit(name, name, signals[name])),
  );
});
process.on('removeListener', (name: string | symbol) => {
  if (typeof name !== 'string' || process.listenerCount(name) > 0) return;
  registered.get(name)?.();
  registered.delete(name);
});
process.on('warning', printWarning);

__kernel.setHooks({
  uncaughtException(error, origin) {
    if (captureCallback !== null) {
      captureCallback(error);
      return true;
    }
    process.emit('uncaughtExceptionMonitor', error, origin);
    return process.emit('uncaughtException', error, origin);
  },
  unhandledRejection: (reason, promise) => process.emit('unhandledRejection', reason, promise),
  beforeExit: (code) => process.emit('beforeExit', Number(exitCode ?? code)),
  exit(code) {
    if (isExiting) return;
    isExiting = true;
    process.exiting = true;
    process._exiting = true;
    // A program that ends by itself (0) ends with the code it left in process.exitCode.
    if (code !== 0) exitCode = code;
    else exitCode ??= 0;
    process.emit('exit', Number(exitCode));
    if (Number(exitCode) !== code) __kernel.exit(Number(exitCode));
  },
});
