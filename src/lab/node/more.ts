/** Smaller members of modules that the core leaves out. Part of the full built-ins. */
import { performance } from './performance.ts';
import { Duplex } from './stream/index.ts';

/** Two ends: what is written to one is read from the other. Source: Node 24's lib/internal/streams/duplexpair.js. */
export function duplexPair(options?: any): [any, any] {
  const ends: any[] = [];
  const waiting: (((error?: any) => void) | null)[] = [null, null];
  const make = (mine: number) =>
    new Duplex({
      ...options,
      read() {
        const callback = waiting[mine];
        waiting[mine] = null;
        callback?.();
      },
      write(chunk: any, _encoding: any, callback: any) {
        const other = ends[1 - mine];
        if (chunk.length === 0) process.nextTick(callback);
        else {
          other.push(chunk);
          waiting[1 - mine] = callback;
        }
      },
      final(callback: any) {
        const other = ends[1 - mine];
        other.on('end', callback);
        other.push(null);
      },
    });
  ends.push(make(0), make(1));
  return [ends[0], ends[1]];
}

async function bytes(stream: AsyncIterable<any>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Record types that no name of the lab has: the answer is ENODATA for a name that exists, else ENOTFOUND. */
const RECORDS = ['Any', 'Caa', 'Cname', 'Mx', 'Naptr', 'Ns', 'Ptr', 'Soa', 'Srv', 'Tlsa', 'Txt'];

function noRecords(dns: any): void {
  for (const type of RECORDS) {
    const run = (hostname: any, callback: any) =>
      dns.resolve4(hostname, (error: any) => {
        const code = error?.code ?? 'ENODATA';
        callback(withQuery(code, `query${type}`, hostname));
      });
    add(dns, { [`resolve${type}`]: run }, dns.promises);
  }
  const reverse = (address: any, callback: any) =>
    process.nextTick(() => callback(withQuery('ENOTFOUND', 'getHostByAddr', address)));
  add(dns, { reverse }, dns.promises);
}

function withQuery(code: string, syscall: string, hostname: string): Error {
  const error: any = new Error(`${syscall} ${code} ${hostname}`);
  return Object.assign(error, { errno: undefined, code, syscall, hostname });
}

function add(dns: any, functions: Record<string, (...args: any[]) => any>, promises: any): void {
  for (const [name, run] of Object.entries(functions)) {
    dns[name] ??= run;
    promises[name] ??= (...args: any[]) =>
      new Promise((resolve, reject) => {
        run(...args, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)));
      });
  }
}

/** From the text of a stack, the one thing that all engines have of it; libraries look for the file of their caller. */
function getCallSites(count: any = 10): object[] {
  const most = typeof count === 'number' ? count : 10;
  const lines = `${new Error('here').stack}`.split('\n').slice(2);
  return lines.slice(0, most).flatMap((line) => {
    const [, functionName = '', scriptName, row, column] =
      /^\s*at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/.exec(line) ?? /^(.*?)@(.*?):(\d+):(\d+)$/.exec(line) ?? [];
    if (scriptName === undefined) return [];
    const place = { lineNumber: Number(row), columnNumber: Number(column), column: Number(column) };
    return [{ functionName, scriptId: '0', scriptName, ...place }];
  });
}

/** Module name → what is done to its exports once. */
export const more: Readonly<Record<string, (exports: any) => void>> = {
  dns: noRecords,
  fs: (exports) => require('./fs/more.ts').moreFiles(exports),
  perf_hooks: (exports) => {
    exports.eventLoopUtilization = performance.eventLoopUtilization.bind(performance);
    exports.timerify = performance.timerify.bind(performance);
  },
  stream: (exports) => {
    exports.duplexPair = duplexPair;
  },
  'stream/consumers': (exports) => {
    exports.bytes = bytes;
  },
  util: (exports) => {
    exports.getCallSites ??= getCallSites;
    exports._extend ??= (target: any, source: any) =>
      source === null || typeof source !== 'object' ? target : Object.assign(target, source);
  },
};
