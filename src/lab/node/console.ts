/** The console global and node:console. Source: Node 24's lib/internal/console/constructor.js. */
import { codes } from './errors.ts';
import { writeOutput } from './process/index.ts';
import { formatWithOptions } from './util/format.ts';
import { inspect } from './util/inspect.ts';
import { table } from './util/table.ts';

interface Sink {
  write(text: string): unknown;
}

const STATE = Symbol('kState');

interface State {
  readonly stdout: () => Sink;
  readonly stderr: () => Sink;
  indent: string;
  readonly indentBy: number;
  readonly counts: Map<string, number>;
  readonly times: Map<string, number>;
  readonly options: object;
}

export const Console: any = function Console(this: any, options: any, stderrStream?: any) {
  if (new.target === undefined) return new (Console as any)(options, stderrStream);
  const given = typeof options?.write === 'function' ? { stdout: options, stderr: stderrStream } : options;
  const stdout = given?.stdout;
  const stderr = given?.stderr ?? stdout;
  if (typeof stdout?.write !== 'function') throw new codes.ERR_CONSOLE_WRITABLE_STREAM('stdout');
  attach(this, { stdout: () => stdout, stderr: () => stderr }, given.groupIndentation, given.inspectOptions);
};

function attach(target: any, sinks: Pick<State, 'stdout' | 'stderr'>, indentBy = 2, options: object = {}): void {
  const state: State = { ...sinks, indent: '', indentBy, counts: new Map(), times: new Map(), options };
  Object.defineProperty(target, STATE, { value: state });
  // Bound, so that `const { log } = console` and `promise.then(console.log)` work.
  for (const key of Object.keys(methods)) target[key] = methods[key]!.bind(target);
}

function print(sink: Sink, state: State, text: string): void {
  let lines = text;
  if (state.indent !== '') lines = state.indent + lines.replaceAll('\n', `\n${state.indent}`);
  sink.write(`${lines}\n`);
}

type Method = (this: any, ...args: any[]) => void;

const out: Method = function (...args) {
  const state: State = this[STATE];
  print(state.stdout(), state, formatWithOptions(state.options, ...args));
};
const err: Method = function (...args) {
  const state: State = this[STATE];
  print(state.stderr(), state, formatWithOptions(state.options, ...args));
};

const methods: Record<string, Method> = {
  log: out,
  warn: err,
  error: err,
  info: out,
  debug: out,
  dir(value, options) {
    const state: State = this[STATE];
    print(state.stdout(), state, inspect(value, { customInspect: false, ...state.options, ...options }));
  },
  dirxml: out,
  assert(condition, ...args) {
    if (condition) return;
    if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift('Assertion failed');
    this.warn(...args);
  },
  trace(...args) {
    const error: any = { name: 'Trace', message: formatWithOptions(this[STATE].options, ...args) };
    Error.captureStackTrace?.(error, this.trace);
    this.error(error.stack ?? `Trace: ${error.message}`);
  },
  count(label = 'default') {
    const { counts }: State = this[STATE];
    const count = (counts.get(`${label}`) ?? 0) + 1;
    counts.set(`${label}`, count);
    this.log(`${label}: ${count}`);
  },
  countReset(label = 'default') {
    const { counts }: State = this[STATE];
    if (!counts.delete(`${label}`)) process.emitWarning(`Count for '${label}' does not exist`);
  },
  group(...args) {
    if (args.length > 0) this.log(...args);
    const state: State = this[STATE];
    state.indent += ' '.repeat(state.indentBy);
  },
  groupEnd() {
    const state: State = this[STATE];
    state.indent = state.indent.slice(0, Math.max(0, state.indent.length - state.indentBy));
  },
  time(label = 'default') {
    const { times }: State = this[STATE];
    if (times.has(`${label}`)) process.emitWarning(`Label '${label}' already exists for console.time()`);
    else times.set(`${label}`, __kernel.nowUs());
  },
  timeEnd(label = 'default') {
    if (timeLog(this, 'timeEnd', label, [])) this[STATE].times.delete(`${label}`);
  },
  timeLog(label = 'default', ...args) {
    timeLog(this, 'timeLog', label, args);
  },
  table(data, properties) {
    if (data === null || typeof data !== 'object') this.log(data);
    else this.log(table(data, properties));
  },
};
methods.groupCollapsed = methods.group!;

function timeLog(target: any, method: string, label: unknown, args: any[]): boolean {
  const startUs = target[STATE].times.get(`${label}`);
  if (startUs === undefined) {
    process.emitWarning(`No such label '${label}' for console.${method}()`);
    return false;
  }
  target.log('%s: %s', label, durationText((__kernel.nowUs() - startUs) / 1000), ...args);
  return true;
}

/** `1.234ms`, `12.345s`, `1:02.345 (m:ss.mmm)`, as Node words durations. */
function durationText(ms: number): string {
  if (ms < 1000) return `${Number(ms.toFixed(3))}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(3)}s`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0');
  if (hours === 0) return `${minutes}:${seconds} (m:ss.mmm)`;
  return `${hours}:${String(minutes).padStart(2, '0')}:${seconds.slice(0, 2)} (h:mm:ss)`;
}

export const console: any = {};
const sinks: Record<1 | 2, Sink> = {
  1: { write: (text) => writeOutput(1, text) },
  2: { write: (text) => writeOutput(2, text) },
};
attach(console, { stdout: () => sinks[1], stderr: () => sinks[2] });
console.Console = Console;
console.context = () => console;
Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });
