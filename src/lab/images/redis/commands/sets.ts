/** Sets. */
import { int, option, range } from '../args.ts';
import type { Call } from '../call.ts';
import { countedKeys, type Family, type Handler } from '../command.ts';
import { INT64_MAX } from '../numbers.ts';
import { fail, type Reply, SetReply, SYNTAX } from '../reply.ts';
import { SetValue } from '../values.ts';
import { drawIndexes } from './random.ts';
import { parseScan } from './scan-options.ts';

const KEY = [1, 1, 1] as const;

const sadd: Handler = (call, args) => {
  const key = args[1]!;
  let set = call.write(key, 'set');
  if (!set) {
    set = new SetValue();
    call.store(key, set);
  }
  let added = 0;
  for (const member of args.slice(2)) if (set.add(member, call.settings)) added++;
  if (added > 0) call.changed(key, 'sadd', 's');
  return added;
};

const srem: Handler = (call, args) => {
  const set = call.write(args[1]!, 'set');
  let removed = 0;
  for (const member of args.slice(2)) if (set?.delete(member)) removed++;
  if (removed > 0) call.changed(args[1]!, 'srem', 's');
  return removed;
};

const smembers: Handler = (call, [, key = '']) => {
  const members = call.read(key, 'set')?.list() ?? [];
  call.visit(members.length);
  return new SetReply(members);
};

const sismember: Handler = (call, [, key = '', member = '']) =>
  Number(call.read(key, 'set')?.members.has(member) ?? false);

const smismember: Handler = (call, args) => {
  const set = call.read(args[1]!, 'set');
  return args.slice(2).map((member) => Number(set?.members.has(member) ?? false));
};

const smove: Handler = (call, [, from = '', to = '', member = '']) => {
  const source = call.write(from, 'set');
  const target = call.write(to, 'set');
  if (!source) return 0;
  if (source === target) return Number(source.members.has(member));
  if (!source.delete(member)) return 0;
  call.changed(from, 'srem', 's');
  const set = target ?? new SetValue();
  if (!target) call.store(to, set);
  if (set.add(member, call.settings)) call.changed(to, 'sadd', 's');
  return 1;
};

const spop: Handler = (call, args) => {
  const [, key = '', text] = args;
  if (args.length > 3) throw SYNTAX;
  const count =
    text === undefined ? null : range(text, 0, Number(INT64_MAX), 'value is out of range, must be positive');
  const set = call.write(key, 'set');
  if (!set) return count === null ? null : new SetReply([]);
  if (count === 0) return new SetReply([]);
  const popped: string[] = [];
  const wanted = Math.min(count ?? 1, set.size);
  for (let i = 0; i < wanted; i++) {
    const member = set.members.randomKey(call.server.machine.random)!;
    set.delete(member);
    popped.push(member);
  }
  call.visit(wanted);
  call.changed(key, 'spop', 's');
  // What was drawn must be drawn again by whoever repeats this.
  call.propagate('SREM', key, ...popped);
  return count === null ? popped[0]! : new SetReply(popped);
};

const srandmember: Handler = (call, args) => {
  const [, key = '', text] = args;
  if (args.length > 3) throw SYNTAX;
  if (text === undefined) return call.read(key, 'set')?.members.randomKey(call.server.machine.random) ?? null;
  const bound = Number(INT64_MAX);
  const count = range(text, -bound, bound, 'value is not an integer or out of range');
  const all = call.read(key, 'set')?.list() ?? [];
  const drawn = drawIndexes(all.length, count, call.server.machine.random);
  call.visit(drawn.length);
  return drawn.map((at) => all[at]!);
};

const sscan: Handler = (call, args) => {
  const { cursor, count, matches } = parseScan(args, 2);
  const set = call.read(args[1]!, 'set');
  if (!set) return ['0', []];
  if (set.isIntegers) return ['0', set.list().filter(matches)];
  const items: Reply[] = [];
  const next = set.members.scan(cursor, count, (member) => {
    if (matches(member)) items.push(member);
  });
  call.visit(items.length);
  return [String(next), items];
};

type Operation = 'inter' | 'union' | 'diff';

function combine(call: Call, operation: Operation, keys: readonly string[], limit = Infinity): string[] {
  const sets = keys.map((key) => call.read(key, 'set'));
  const first = sets[0]?.list() ?? [];
  call.visit(sets.reduce((sum, set) => sum + (set?.size ?? 0), 0));
  if (operation === 'union') {
    const all = new Set<string>();
    for (const set of sets) for (const member of set?.list() ?? []) all.add(member);
    return [...all];
  }
  const others = sets.slice(1);
  if (operation === 'diff') return first.filter((member) => !others.some((set) => set?.members.has(member)));
  const common: string[] = [];
  for (const member of first) {
    if (common.length >= limit) break;
    if (others.every((set) => set?.members.has(member))) common.push(member);
  }
  return common;
}

/** Integers in order when the result would be an intset, as Redis shows it. */
function asSet(call: Call, members: readonly string[]): SetValue {
  const set = new SetValue();
  for (const member of members) set.add(member, call.settings);
  return set;
}

const combined =
  (operation: Operation): Handler =>
  (call, args) =>
    new SetReply(asSet(call, combine(call, operation, args.slice(1))).list());

const combinedInto =
  (operation: Operation): Handler =>
  (call, args) => {
    const [, target = '', ...keys] = args;
    const set = asSet(call, combine(call, operation, keys));
    if (set.size === 0) {
      call.delete(target);
      return 0;
    }
    call.store(target, set);
    call.changed(target, `s${operation}store`, 's');
    return set.size;
  };

const sintercard: Handler = (call, args) => {
  const numkeys = range(args[1]!, 1, Number(INT64_MAX), 'numkeys should be greater than 0');
  if (numkeys > args.length - 2) throw fail("Number of keys can't be greater than number of args");
  let limit = 0;
  for (let i = 2 + numkeys; i < args.length; i += 2) {
    if (option(args[i]) !== 'limit' || args[i + 1] === undefined) throw SYNTAX;
    limit = int(args[i + 1]);
    if (limit < 0) throw fail("LIMIT can't be negative");
  }
  return combine(call, 'inter', args.slice(2, 2 + numkeys), limit || Infinity).length;
};

export const sets: Family = {
  group: 'set',
  rows: [
    ['sadd', -3, 'write denyoom fast', KEY, sadd],
    ['scard', 2, 'readonly fast', KEY, (call, [, key = '']) => call.read(key, 'set')?.size ?? 0],
    ['sdiff', -2, 'readonly', [1, -1, 1], combined('diff')],
    ['sdiffstore', -3, 'write denyoom', [1, -1, 1], combinedInto('diff')],
    ['sinter', -2, 'readonly', [1, -1, 1], combined('inter')],
    ['sintercard', -3, 'readonly movablekeys', [], sintercard, countedKeys(1)],
    ['sinterstore', -3, 'write denyoom', [1, -1, 1], combinedInto('inter')],
    ['sismember', 3, 'readonly fast', KEY, sismember],
    ['smembers', 2, 'readonly', KEY, smembers],
    ['smismember', -3, 'readonly fast', KEY, smismember],
    ['smove', 4, 'write fast', [1, 2, 1], smove],
    ['spop', -2, 'write fast', KEY, spop],
    ['srandmember', -2, 'readonly', KEY, srandmember],
    ['srem', -3, 'write fast', KEY, srem],
    ['sscan', -3, 'readonly', KEY, sscan],
    ['sunion', -2, 'readonly', [1, -1, 1], combined('union')],
    ['sunionstore', -3, 'write denyoom', [1, -1, 1], combinedInto('union')],
  ],
};
