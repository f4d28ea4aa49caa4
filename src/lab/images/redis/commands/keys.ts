/** Commands for keys of any kind. */
import { int, option, range } from '../args.ts';
import type { Call } from '../call.ts';
import type { Family, Handler } from '../command.ts';
import { copyOf } from '../copy.ts';
import { frequencyOf } from '../eviction.ts';
import { isExpired } from '../expiry.ts';
import { globMatch } from '../glob.ts';
import { Failure, fail, NO_SUCH_KEY, OK, type Reply, Status, SYNTAX } from '../reply.ts';
import { parseScan } from './scan-options.ts';

const KEY = [1, 1, 1] as const;
const MANY = [1, -1, 1] as const;
const SUBKEY = [2, 2, 1] as const;

const del: Handler = (call, args) => args.slice(1).reduce((sum, key) => sum + Number(call.delete(key)), 0);

const exists: Handler = (call, args) => args.slice(1).reduce((sum, key) => sum + Number(call.readAny(key) !== null), 0);

const type: Handler = (call, [, key = '']) => new Status(call.entry(key)?.value.kind ?? 'none');

/** All keys that have not expired; those that have are left for the cycle that deletes them. */
function* liveKeys(call: Call): Generator<string> {
  for (const [key, entry] of call.db.keys.entries()) if (!isExpired(call.server, entry)) yield key;
}

const keys: Handler = (call, [, pattern = '']) => {
  call.visit(call.db.size);
  return [...liveKeys(call)].filter((key) => globMatch(pattern, key));
};

const scan: Handler = (call, args) => {
  const { cursor, count, matches, type: kind } = parseScan(args, 1);
  const found: string[] = [];
  const stale: string[] = [];
  const next = call.db.keys.scan(cursor, count, (key, entry) => {
    if (isExpired(call.server, entry)) stale.push(key);
    else if (matches(key) && (kind === null || entry.value.kind === kind)) found.push(key);
  });
  call.visit(count);
  for (const key of stale) call.entry(key);
  return [String(next), found];
};

const randomkey: Handler = (call) => {
  for (let tries = 0; tries < 100; tries++) {
    const key = call.db.keys.randomKey(call.server.machine.random);
    if (key === null || call.entry(key)) return key;
  }
  return null;
};

const rename =
  (onlyIfFree: boolean): Handler =>
  (call, [, from = '', to = '']) => {
    const entry = call.entry(from);
    if (!entry) throw NO_SUCH_KEY;
    if (from === to) return onlyIfFree ? 0 : OK;
    if (call.entry(to)) {
      if (onlyIfFree) return 0;
      call.delete(to, null);
    }
    const { value, expiresAtMs } = entry;
    call.store(to, value);
    if (expiresAtMs >= 0) call.db.setExpiry(to, call.db.entry(to)!, expiresAtMs);
    call.delete(from, 'rename_from');
    call.changed(to, 'rename_to', 'g');
    return onlyIfFree ? 1 : OK;
  };

function databaseIndex(call: Call, text: string): number {
  const index = int(text);
  if (index < 0 || index >= call.server.databases.length) throw fail('DB index is out of range');
  return index;
}

const move: Handler = (call, [, key = '', text = '']) => {
  const target = call.server.databases[databaseIndex(call, text)]!;
  if (target === call.db) throw fail('source and destination objects are the same');
  const entry = call.entry(key);
  if (!entry || call.server.lookup(target, key)) return 0;
  target.put(key, entry.value, call.server.machine.nowMs());
  if (entry.expiresAtMs >= 0) target.setExpiry(key, target.entry(key)!, entry.expiresAtMs);
  call.delete(key, 'move_from');
  call.server.touched(target, key);
  call.server.notify('g', 'move_to', key, target.index);
  return 1;
};

const copy: Handler = (call, args) => {
  const [, from = '', to = ''] = args;
  let replaces = false;
  let target = call.db;
  for (let i = 3; i < args.length; i++) {
    const word = option(args[i]);
    if (word === 'replace') replaces = true;
    else if (word === 'db' && i + 1 < args.length) target = call.server.databases[databaseIndex(call, args[++i]!)]!;
    else throw SYNTAX;
  }
  if (target === call.db && from === to) throw fail('source and destination objects are the same');
  const entry = call.entry(from);
  if (!entry) return 0;
  if (call.server.lookup(target, to)) {
    if (!replaces) return 0;
    target.remove(to);
  }
  call.visit(entry.bytes / 64);
  target.put(to, copyOf(entry.value, call.settings), call.server.machine.nowMs());
  if (entry.expiresAtMs >= 0) target.setExpiry(to, target.entry(to)!, entry.expiresAtMs);
  call.server.touched(target, to);
  call.server.dirty++;
  call.server.notify('g', 'copy_to', to, target.index);
  return 1;
};

const flush =
  (isAll: boolean): Handler =>
  (call, args) => {
    const mode = option(args[1]);
    if (args.length > 2 || (args.length === 2 && mode !== 'async' && mode !== 'sync')) throw SYNTAX;
    const { server } = call;
    const databases = isAll ? server.databases : [call.db];
    server.touchedAll(databases);
    for (const db of databases) {
      if (mode !== 'async') call.visit(db.size);
      db.clear();
    }
    if (isAll) server.snapshots.cancel();
    // Also an empty one counts, so that a snapshot follows.
    server.dirty++;
    return OK;
  };

const swapdb: Handler = (call, [, a = '', b = '']) => {
  const index = (text: string, which: string) => range(text, -(2 ** 31), 2 ** 31, `invalid ${which} DB index`);
  const [first, second] = [index(a, 'first'), index(b, 'second')];
  const { databases } = call.server;
  if (!databases[first] || !databases[second]) throw fail('DB index is out of range');
  if (first === second) return OK;
  call.server.touchedAll([databases[first], databases[second]]);
  databases[first].swapWith(databases[second]);
  call.server.dirty++;
  return OK;
};

const object =
  (look: (call: Call, key: string) => Reply): Handler =>
  (call, [, , key = '']) => {
    const entry = call.db.entry(key);
    return !entry || isExpired(call.server, entry) ? null : look(call, key);
  };

const LFU_OFF =
  'An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';
const LFU_ON =
  'An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.';

const isLfu = (call: Call) => call.settings.text('maxmemory-policy').endsWith('lfu');

function idleSeconds(call: Call, key: string): Reply {
  if (isLfu(call)) throw fail(LFU_ON);
  return Math.floor((call.server.machine.nowMs() - call.db.entry(key)!.usedAtMs) / 1_000);
}

function frequency(call: Call, key: string): Reply {
  if (!isLfu(call)) throw fail(LFU_OFF);
  return frequencyOf(call.server, call.db.entry(key)!);
}

const DUMPED = new Failure('ERR DUMP and RESTORE are not part of this server: its snapshots have a form of their own');

export const keysFamily: Family = {
  group: 'generic',
  rows: [
    ['copy', -3, 'write denyoom', [1, 2, 1], copy],
    ['dbsize', 1, 'readonly fast', [], (call) => call.db.size],
    ['del', -2, 'write', MANY, del],
    ['dump', 2, 'readonly', KEY, (call, [, key = '']) => (call.entry(key) ? DUMPED : null)],
    ['exists', -2, 'readonly fast', MANY, exists],
    ['flushall', -1, 'write', [], flush(true)],
    ['flushdb', -1, 'write', [], flush(false)],
    ['keys', 2, 'readonly', [], keys],
    ['move', 3, 'write fast', KEY, move],
    ['object', -2, '', [], () => []],
    ['object|encoding', 3, 'readonly', SUBKEY, object((call, key) => call.db.entry(key)!.value.encoding())],
    ['object|freq', 3, 'readonly', SUBKEY, object(frequency)],
    ['object|idletime', 3, 'readonly', SUBKEY, object(idleSeconds)],
    ['object|refcount', 3, 'readonly', SUBKEY, object(() => 1)],
    ['randomkey', 1, 'readonly', [], randomkey],
    ['rename', 3, 'write', [1, 2, 1], rename(false)],
    ['renamenx', 3, 'write fast', [1, 2, 1], rename(true)],
    ['restore', -4, 'write denyoom', KEY, () => DUMPED],
    ['scan', -2, 'readonly', [], scan],
    ['swapdb', 3, 'write fast', [], swapdb],
    ['touch', -2, 'readonly fast', MANY, exists],
    ['type', 2, 'readonly fast', KEY, type],
    ['unlink', -2, 'write fast', MANY, del],
  ],
};
