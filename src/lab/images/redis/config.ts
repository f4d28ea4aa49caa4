/** The settings of a server: defaults of Redis 7.0, the command line, CONFIG GET and CONFIG SET. */
import { encodeUtf8, lower } from './bytes.ts';
import { globMatch } from './glob.ts';
import { parseInteger } from './numbers.ts';
import { Failure, fail } from './reply.ts';
import { splitArgs } from './request-parser.ts';

type Type =
  | { readonly is: 'text' }
  | { readonly is: 'yes-no' }
  | { readonly is: 'number'; readonly min: number; readonly max: number }
  | { readonly is: 'memory'; readonly min: number }
  | { readonly is: 'one-of'; readonly words: readonly string[] }
  | { readonly is: 'save' }
  | { readonly is: 'buffer-limits' }
  | { readonly is: 'events' };

interface Setting {
  readonly type: Type;
  readonly initial: string;
  readonly isFixed?: boolean;
}

const INT_MAX = 2_147_483_647;
const YES: Type = { is: 'yes-no' };
const TEXT: Type = { is: 'text' };
const number = (min: number, max: number): Type => ({ is: 'number', min, max });
const words = (...all: string[]): Type => ({ is: 'one-of', words: all });
const POLICIES = [
  ...['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'],
  ...['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'noeviction'],
];

/** Name → type and default. The real server has about 150; these are the ones that do something here. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  'acllog-max-len': { type: number(0, INT_MAX), initial: '128' },
  'active-expire-effort': { type: number(1, 10), initial: '1' },
  'always-show-logo': { type: YES, initial: 'no', isFixed: true },
  'aof-load-truncated': { type: YES, initial: 'yes' },
  'aof-use-rdb-preamble': { type: YES, initial: 'yes' },
  appenddirname: { type: TEXT, initial: 'appendonlydir', isFixed: true },
  appendfilename: { type: TEXT, initial: 'appendonly.aof', isFixed: true },
  appendfsync: { type: words('everysec', 'always', 'no'), initial: 'everysec' },
  appendonly: { type: YES, initial: 'no' },
  'auto-aof-rewrite-min-size': { type: { is: 'memory', min: 0 }, initial: '67108864' },
  'auto-aof-rewrite-percentage': { type: number(0, INT_MAX), initial: '100' },
  bind: { type: TEXT, initial: '* -::*' },
  'busy-reply-threshold': { type: number(0, INT_MAX), initial: '5000' },
  'client-output-buffer-limit': {
    type: { is: 'buffer-limits' },
    initial: 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
  },
  'client-query-buffer-limit': { type: { is: 'memory', min: 1_048_576 }, initial: '1073741824' },
  'cluster-enabled': { type: YES, initial: 'no', isFixed: true },
  daemonize: { type: YES, initial: 'no', isFixed: true },
  databases: { type: number(1, INT_MAX), initial: '16', isFixed: true },
  dbfilename: { type: TEXT, initial: 'dump.rdb' },
  dir: { type: TEXT, initial: '/data' },
  'enable-debug-command': { type: words('no', 'yes', 'local'), initial: 'no', isFixed: true },
  'hash-max-listpack-entries': { type: number(0, INT_MAX), initial: '512' },
  'hash-max-listpack-value': { type: number(0, INT_MAX), initial: '64' },
  hz: { type: number(0, INT_MAX), initial: '10' },
  'lazyfree-lazy-eviction': { type: YES, initial: 'no' },
  'lazyfree-lazy-expire': { type: YES, initial: 'no' },
  'lazyfree-lazy-server-del': { type: YES, initial: 'no' },
  'lazyfree-lazy-user-del': { type: YES, initial: 'no' },
  'lazyfree-lazy-user-flush': { type: YES, initial: 'no' },
  'lfu-decay-time': { type: number(0, INT_MAX), initial: '1' },
  'lfu-log-factor': { type: number(0, INT_MAX), initial: '10' },
  'list-compress-depth': { type: number(0, INT_MAX), initial: '0' },
  'list-max-listpack-size': { type: number(-INT_MAX, INT_MAX), initial: '-2' },
  logfile: { type: TEXT, initial: '', isFixed: true },
  loglevel: { type: words('debug', 'verbose', 'notice', 'warning'), initial: 'notice' },
  'lua-time-limit': { type: number(0, INT_MAX), initial: '5000' },
  masterauth: { type: TEXT, initial: '' },
  masteruser: { type: TEXT, initial: '' },
  maxclients: { type: number(1, 4_294_967_295), initial: '10000' },
  maxmemory: { type: { is: 'memory', min: 0 }, initial: '0' },
  'maxmemory-eviction-tenacity': { type: number(0, 100), initial: '10' },
  'maxmemory-policy': { type: words(...POLICIES), initial: 'noeviction' },
  'maxmemory-samples': { type: number(1, INT_MAX), initial: '5' },
  'min-replicas-max-lag': { type: number(0, INT_MAX), initial: '10' },
  'min-replicas-to-write': { type: number(0, INT_MAX), initial: '0' },
  'no-appendfsync-on-rewrite': { type: YES, initial: 'no' },
  'notify-keyspace-events': { type: { is: 'events' }, initial: '' },
  port: { type: number(0, 65_535), initial: '6379' },
  'proto-max-bulk-len': { type: { is: 'memory', min: 1_048_576 }, initial: '536870912' },
  // The image's build turns it off, so that other containers can connect.
  'protected-mode': { type: YES, initial: 'no' },
  rdbchecksum: { type: YES, initial: 'yes', isFixed: true },
  rdbcompression: { type: YES, initial: 'yes' },
  'repl-backlog-size': { type: { is: 'memory', min: 1 }, initial: '1048576' },
  'repl-backlog-ttl': { type: number(0, INT_MAX), initial: '3600' },
  'repl-diskless-sync': { type: YES, initial: 'yes' },
  'repl-diskless-sync-delay': { type: number(0, INT_MAX), initial: '5' },
  'repl-timeout': { type: number(1, INT_MAX), initial: '60' },
  'repl-ping-replica-period': { type: number(1, INT_MAX), initial: '10' },
  'replica-priority': { type: number(0, INT_MAX), initial: '100' },
  'replica-read-only': { type: YES, initial: 'yes' },
  'replica-serve-stale-data': { type: YES, initial: 'yes' },
  replicaof: { type: TEXT, initial: '', isFixed: true },
  requirepass: { type: TEXT, initial: '' },
  save: { type: { is: 'save' }, initial: '3600 1 300 100 60 10000' },
  'set-max-intset-entries': { type: number(0, INT_MAX), initial: '512' },
  'slowlog-log-slower-than': { type: number(-1, INT_MAX), initial: '10000' },
  'slowlog-max-len': { type: number(0, INT_MAX), initial: '128' },
  'stop-writes-on-bgsave-error': { type: YES, initial: 'yes' },
  'stream-node-max-bytes': { type: { is: 'memory', min: 0 }, initial: '4096' },
  'stream-node-max-entries': { type: number(0, INT_MAX), initial: '100' },
  'tcp-backlog': { type: number(0, INT_MAX), initial: '511', isFixed: true },
  'tcp-keepalive': { type: number(0, INT_MAX), initial: '300' },
  timeout: { type: number(0, INT_MAX), initial: '0' },
  'zset-max-listpack-entries': { type: number(0, INT_MAX), initial: '128' },
  'zset-max-listpack-value': { type: number(0, INT_MAX), initial: '64' },
};

/** Older and kinder names. */
const ALIASES: Readonly<Record<string, string>> = {
  'hash-max-ziplist-entries': 'hash-max-listpack-entries',
  'hash-max-ziplist-value': 'hash-max-listpack-value',
  'list-max-ziplist-size': 'list-max-listpack-size',
  'min-slaves-max-lag': 'min-replicas-max-lag',
  'min-slaves-to-write': 'min-replicas-to-write',
  'repl-ping-slave-period': 'repl-ping-replica-period',
  'slave-priority': 'replica-priority',
  'slave-read-only': 'replica-read-only',
  'slave-serve-stale-data': 'replica-serve-stale-data',
  slaveof: 'replicaof',
  'zset-max-ziplist-entries': 'zset-max-listpack-entries',
  'zset-max-ziplist-value': 'zset-max-listpack-value',
};

/** After so many seconds with at least so many changes, a snapshot. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

export interface BufferLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

export class Settings {
  private readonly values = new Map<string, string>();
  private readonly numbers = new Map<string, number>();

  constructor() {
    for (const [name, { initial }] of Object.entries(SETTINGS)) this.put(name, initial);
  }

  text(name: string): string {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`no setting ${name}`);
    return value;
  }

  number(name: string): number {
    return this.numbers.get(name)!;
  }

  isOn(name: string): boolean {
    return this.text(name) === 'yes';
  }

  get savePoints(): readonly SavePoint[] {
    const numbers = this.text('save').split(' ').filter(Boolean).map(Number);
    return numbers.flatMap((seconds, i) => (i % 2 === 0 ? [{ seconds, changes: numbers[i + 1]! }] : []));
  }

  bufferLimit(kind: 'normal' | 'slave' | 'pubsub'): BufferLimit {
    const all = this.text('client-output-buffer-limit').split(' ');
    const at = all.indexOf(kind);
    return { hardBytes: Number(all[at + 1]), softBytes: Number(all[at + 2]), softSeconds: Number(all[at + 3]) };
  }

  /** CONFIG GET: name, value, name, value; also under the old names that match. */
  matching(patterns: readonly string[]): string[] {
    const names = [...this.values.keys(), ...Object.keys(ALIASES)].sort();
    return names
      .filter((name) => patterns.some((pattern) => globMatch(pattern, name, true)))
      .flatMap((name) => [name, this.text(ALIASES[name] ?? name)]);
  }

  /** CONFIG SET of several: all or none. */
  setAll(pairs: readonly string[]): void {
    const seen = new Set<string>();
    const parsed: [string, string][] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      const written = pairs[i]!;
      const name = canonical(written);
      const setting = SETTINGS[name];
      if (!setting) throw fail(`Unknown option or number of arguments for CONFIG SET - '${written}'`);
      const refuse = (why: string) => fail(`CONFIG SET failed (possibly related to argument '${written}') - ${why}`);
      if (setting.isFixed) throw refuse("can't set immutable config");
      if (seen.has(name)) throw refuse('duplicate parameter');
      seen.add(name);
      const value = parse(setting.type, pairs[i + 1]!, this.text(name));
      if (value instanceof Failure) throw refuse(value.message);
      parsed.push([name, value]);
    }
    for (const [name, value] of parsed) this.put(name, value);
  }

  /**
   * Of `redis-server --appendonly yes --save 60 1 --save 300 10`. Returns what Redis prints when a directive is wrong,
   * null when all is well.
   */
  applyCommandLine(argv: readonly string[]): string | null {
    const lines: string[][] = [];
    for (const word of argv) {
      if (word.startsWith('--') && word.length > 2) lines.push([encodeUtf8(word.slice(2))]);
      else if (lines.length > 0) lines.at(-1)!.push(encodeUtf8(word));
      else return `Fatal error, can't open config file '${word}': No such file or directory`;
    }
    const saves: string[] = [];
    for (const [written = '', ...rest] of lines) {
      const name = canonical(written);
      const setting = SETTINGS[name];
      const bad = (why: string) =>
        `\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 2\n>>> '${written} ${rest.map((word) => `"${word}"`).join(' ')}'\n${why}`;
      // One string can hold several words: --save "60 1".
      const values = rest.flatMap((word) => (word === '' ? [''] : (splitArgs(word) ?? [word])));
      if (!setting) return bad('Bad directive or wrong number of arguments');
      if (name === 'save') saves.push(values.join(' ').trim());
      else if (name === 'client-output-buffer-limit' || name === 'replicaof' || name === 'bind') {
        const value = parse(setting.type, values.join(' '), this.text(name));
        if (value instanceof Failure) return bad(value.message);
        this.put(name, value);
      } else {
        if (values.length !== 1) return bad('wrong number of arguments');
        const value = parse(setting.type, values[0]!, this.text(name));
        if (value instanceof Failure) return bad(value.message);
        this.put(name, value);
      }
    }
    if (saves.length > 0) {
      // An empty one forgets those before it.
      const kept = saves.slice(saves.lastIndexOf('') + 1).join(' ');
      const value = parse({ is: 'save' }, kept, '');
      if (value instanceof Failure) return `\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n${value.message}`;
      this.put('save', value);
    }
    return null;
  }

  private put(name: string, value: string): void {
    this.values.set(name, value);
    if (/^-?\d+$/.test(value)) this.numbers.set(name, Number(value));
  }
}

const canonical = (name: string): string => ALIASES[lower(name)] ?? lower(name);

/** The value as CONFIG GET shows it, or why not. */
function parse(type: Type, text: string, old: string): string | Failure {
  switch (type.is) {
    case 'text':
      return text;
    case 'yes-no':
      return /^(?:yes|no)$/i.test(text) ? lower(text) : new Failure("argument must be 'yes' or 'no'");
    case 'one-of':
      return type.words.includes(lower(text))
        ? lower(text)
        : new Failure(`argument(s) must be one of the following: ${type.words.join(', ')}`);
    case 'number': {
      const value = parseInteger(text);
      if (value === null) return new Failure("argument couldn't be parsed into an integer");
      if (value < type.min || value > type.max)
        return new Failure(`argument must be between ${type.min} and ${type.max} inclusive`);
      return String(value);
    }
    case 'memory': {
      const bytes = parseMemory(text);
      if (bytes === null) return new Failure('argument must be a memory value');
      return bytes < type.min
        ? new Failure(`argument must be between ${type.min} and 9223372036854775807 inclusive`)
        : String(bytes);
    }
    case 'save': {
      const parts = text.split(' ').filter(Boolean);
      const isRight = parts.length % 2 === 0 && parts.every((part) => /^\d+$/.test(part));
      return isRight ? parts.join(' ') : new Failure('Invalid save parameters');
    }
    case 'buffer-limits': {
      const parts = splitArgs(text) ?? [];
      if (parts.length % 4 !== 0) return new Failure('Wrong number of arguments in buffer limit configuration.');
      const limits = old.split(' ');
      for (let i = 0; i < parts.length; i += 4) {
        const kind = lower(parts[i]!) === 'replica' ? 'slave' : lower(parts[i]!);
        const at = limits.indexOf(kind);
        if (at < 0 || kind === 'master')
          return new Failure('Invalid client class specified in buffer limit configuration.');
        const [hard, soft] = [parseMemory(parts[i + 1]!), parseMemory(parts[i + 2]!)];
        const seconds = parseInteger(parts[i + 3]!);
        if (hard === null || soft === null || seconds === null || seconds < 0)
          return new Failure('Error in hard, soft or soft_seconds setting in buffer limit configuration.');
        limits.splice(at + 1, 3, String(hard), String(soft), String(seconds));
      }
      return limits.join(' ');
    }
    case 'events':
      return eventClasses(text) ?? new Failure("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  }
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  m: 1e6,
  mb: 1048576,
  g: 1e9,
  gb: 1073741824,
};

function parseMemory(text: string): number | null {
  const match = /^(\d+)([a-z]*)$/.exec(lower(text));
  const unit = match && UNITS[match[2]!];
  return match && unit !== undefined && unit !== null ? Number(match[1]) * unit : null;
}

const ALL_EVENTS = 'g$lshzxetd';

/** In the order in which CONFIG GET shows the classes; null for an unknown one. */
function eventClasses(text: string): string | null {
  for (const one of text) if (!'Ag$lshzxeKEtmdn'.includes(one)) return null;
  const has = (one: string) => text.includes(one) || (text.includes('A') && ALL_EVENTS.includes(one));
  const isAll = [...ALL_EVENTS].every(has);
  const classes = isAll ? 'A' : [...'g$lshzxetdn'].filter(has).join('');
  return classes + [...'KEm'].filter(has).join('') + (isAll && has('n') ? 'n' : '');
}
