// packages: ioredis, redis
// 119 commands, each by ioredis in RESP2 and by node-redis in RESP3: keys of any kind, times to live, SORT.
import { Redis } from 'ioredis';
import { createClient } from 'redis';

// One command a line, words as in a shell; "~" before it: the order of the reply means nothing.
const COMMANDS = `
SET a 1
SET b 2
DEL a nokey
EXISTS b b nokey
UNLINK b
TOUCH b
SET a 1
RENAME a b
RENAME nokey b
RENAME b b
RENAMENX b c
SET d 1
RENAMENX c d
RENAMENX nokey d
COPY c e
COPY c e
COPY c e REPLACE
COPY c c
COPY c x DB 1
COPY c x DB 99
COPY c x FOO
MOVE c 1
MOVE c 0
MOVE c 99
MOVE nokey 1
MOVE c abc
TYPE e
KEYS nothing*
SET k1 1
SET k2 1
~ KEYS k*
~ KEYS k[12]
~ KEYS k?
~ KEYS k[^1]
DBSIZE
RANDOMKEY x
EXPIRE k1 100
EXPIRE k1 100 NX
EXPIRE k1 200 XX
EXPIRE k1 100 GT
EXPIRE k1 300 GT
EXPIRE k1 100 LT
EXPIRE k2 100 GT
EXPIRE k2 100 LT
EXPIRE k1 100 NX XX
EXPIRE k1 100 GT LT
EXPIRE k1 100 FOO
EXPIRE k1 abc
EXPIRE k1 9223372036854775807
EXPIRE k1 -9223372036854775807
PEXPIRE k1 9223372036854775807
TTL k1
PERSIST k1
PERSIST k1
TTL k1
TTL nokey
PTTL nokey
EXPIRETIME k1
EXPIREAT k1 33177117420
EXPIRETIME k1
PEXPIRETIME k1
PEXPIREAT k1 33177117420000
PEXPIRETIME k1
EXPIRE k1 -1
EXISTS k1
EXPIRE k2 0
EXISTS k2
EXPIREAT nokey 1
SCAN 0 COUNT 0
SCAN abc
SCAN 0 TYPE string COUNT 1000 MATCH zzz*
SCAN 0 FOO
SCAN 0 MATCH
FLUSHDB FOO
FLUSHALL ASYNC
DBSIZE
SWAPDB 0 1
SWAPDB 0 0
SWAPDB 0 99
SWAPDB a 1
SWAPDB 0 b
SELECT 1
SELECT 0
SELECT 16
SELECT -1
SELECT abc
ECHO hi
ECHO
PING
PING hi
PING a b
RPUSH ls 3 1 2
SORT ls
SORT ls DESC
SORT ls LIMIT 1 1
SORT ls ALPHA
RPUSH la b a c
SORT la
SORT la ALPHA
SORT la ALPHA DESC LIMIT 0 2
MSET w_1 3 w_2 2 w_3 1 o_1 one o_2 two
SORT ls BY w_*
SORT ls BY w_* GET o_*
SORT ls BY w_* GET # GET o_*
SORT ls BY nosort
SORT ls STORE dst
LRANGE dst 0 -1
SORT ls BY nosort GET o_* STORE dst
LRANGE dst 0 -1
HSET ho_1 f 9
HSET ho_2 f 8
SORT ls BY ho_*->f GET ho_*->f
SORT w_1
SORT nokey
SORT ls FOO
SORT_RO ls
SORT_RO ls STORE x
SADD ss 3 1 2
SORT ss DESC
`;
const host = process.env.HOST;
const port = Number(process.env.PORT);
const old = new Redis({ host, port, lazyConnect: true });
const modern = createClient({ socket: { host, port }, RESP: 3 });
old.on('error', (error) => log('ioredis', 'error', error.message));
modern.on('error', (error) => log('redis', 'error', error.message));
await old.connect();
await modern.connect();
const wordsOf = (line) =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([all, quoted]) =>
    quoted === undefined ? all : JSON.parse(all),
  );
const sorted = (value) =>
  Array.isArray(value) ? value.map(sorted).sort((a, b) => (show(a) < show(b) ? -1 : 1)) : value;
for (const [who, send] of [
  ['ioredis', (words) => old.call(...words)],
  ['redis', (words) => modern.sendCommand(words)],
]) {
  for (const words of [['FLUSHALL'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH']]) await send(words);
  for (const line of COMMANDS.trim().split('\n')) {
    const isLoose = line.startsWith('~ ');
    const words = wordsOf(isLoose ? line.slice(2) : line);
    try {
      const reply = await send(words);
      log(who, line, isLoose ? sorted(reply) : reply);
    } catch (error) {
      log(who, line, 'refused', error.message);
    }
  }
}
old.disconnect();
modern.destroy();
