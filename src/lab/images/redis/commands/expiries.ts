/** The EXPIRE family. */
import { int64, option } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { isPast } from '../expire-options.ts';
import { INT64_MAX, INT64_MIN } from '../numbers.ts';
import { fail, type Reply } from '../reply.ts';

const KEY = [1, 1, 1] as const;

const expire =
  (isSeconds: boolean, isAbsolute: boolean): Handler =>
  (call, args) => {
    const [, key = '', text = ''] = args;
    const flags = parseFlags(args);
    const name = option(args[0]);
    let when = int64(text);
    const refuse = () => fail(`invalid expire time in '${name}' command`);
    if (isSeconds) {
      if (when > INT64_MAX / 1000n || when < INT64_MIN / 1000n) throw refuse();
      when *= 1000n;
    }
    if (!isAbsolute) {
      const base = BigInt(Math.floor(call.nowMs));
      if (when > INT64_MAX - base) throw refuse();
      when += base;
    }
    return apply(call, key, Number(when), flags);
  };

interface Flags {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

function parseFlags(args: readonly string[]): Flags {
  const flags: Flags = { nx: false, xx: false, gt: false, lt: false };
  for (const arg of args.slice(3)) {
    const word = option(arg);
    if (!Object.hasOwn(flags, word)) throw fail(`Unsupported option ${arg}`);
    flags[word as keyof Flags] = true;
  }
  const { nx, xx, gt, lt } = flags;
  if (nx && (xx || gt || lt)) throw fail('NX and XX, GT or LT options at the same time are not compatible');
  if (gt && lt) throw fail('GT and LT options at the same time are not compatible');
  return flags;
}

function apply(call: Call, key: string, when: number, { nx, xx, gt, lt }: Flags): Reply {
  const entry = call.entry(key);
  if (!entry) return 0;
  const current = entry.expiresAtMs;
  if ((nx && current >= 0) || (xx && current < 0)) return 0;
  // No time to live counts as endless.
  if ((gt && (current < 0 || when <= current)) || (lt && current >= 0 && when >= current)) return 0;
  if (isPast(call, when)) {
    call.delete(key);
    call.propagate('DEL', key);
    return 1;
  }
  call.db.setExpiry(key, entry, Math.max(0, when));
  call.changed(key, 'expire', 'g');
  call.propagate('PEXPIREAT', key, String(when));
  return 1;
}

const left =
  (isSeconds: boolean, isAbsolute: boolean): Handler =>
  (call, [, key = '']) => {
    const entry = call.entry(key);
    if (!entry) return -2;
    if (entry.expiresAtMs < 0) return -1;
    const ms = isAbsolute ? entry.expiresAtMs : Math.max(0, entry.expiresAtMs - Math.floor(call.nowMs));
    return isSeconds ? Math.floor((ms + 500) / 1_000) : ms;
  };

const persist: Handler = (call, [, key = '']) => {
  const entry = call.entry(key);
  if (!entry || entry.expiresAtMs < 0) return 0;
  call.db.setExpiry(key, entry, -1);
  call.changed(key, 'persist', 'g');
  return 1;
};

export const expiries: Family = {
  group: 'generic',
  rows: [
    ['expire', -3, 'write fast', KEY, expire(true, false)],
    ['expireat', -3, 'write fast', KEY, expire(true, true)],
    ['expiretime', 2, 'readonly fast', KEY, left(true, true)],
    ['persist', 2, 'write fast', KEY, persist],
    ['pexpire', -3, 'write fast', KEY, expire(false, false)],
    ['pexpireat', -3, 'write fast', KEY, expire(false, true)],
    ['pexpiretime', 2, 'readonly fast', KEY, left(false, true)],
    ['pttl', 2, 'readonly fast', KEY, left(false, false)],
    ['ttl', 2, 'readonly fast', KEY, left(true, false)],
  ],
};
