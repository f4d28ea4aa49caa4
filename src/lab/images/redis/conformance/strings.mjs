// packages: ioredis, redis
// 173 commands, each by ioredis in RESP2 and by node-redis in RESP3: strings, counters, bits.
import { Redis } from 'ioredis';
import { createClient } from 'redis';

// One command a line, words as in a shell; "~" before it: the order of the reply means nothing.
const COMMANDS = `
SET a 1
GET a
SET a 2 NX
SET a 2 XX GET
SET b x NX GET
SET a 1 EX 0
SET a 1 EX abc
SET a 1 EX 10 PX 10
SET a 1 NX XX
SET a 1 KEEPTTL EX 3
SET a 1 PX 100000
TTL a
SET a 5 KEEPTTL
TTL a
SET a 6
TTL a
SETEX a -1 x
SETEX a 10 x
PSETEX a 0 x
SETNX a 1
SETNX newk 1
SETNX
SET a
GET
GET a b
MSET a 1 b
MSET a 1 b 2
MSETNX a 1 c 2
MSETNX c1 1 c2 2
MGET a b c nokey
INCR a
INCRBY a 10
INCRBY a abc
INCRBY a 9223372036854775807
DECR a
DECRBY a -9223372036854775808
DECRBY a 5
SET big 9223372036854775807
INCR big
DECR big
INCRBYFLOAT a 0.1
INCRBYFLOAT f 10.5
INCRBYFLOAT f 0.1
INCRBYFLOAT f 3e3
INCRBYFLOAT f abc
INCRBYFLOAT f inf
INCRBYFLOAT f nan
INCRBYFLOAT f -5.0e3
INCRBYFLOAT g 1e-10
INCRBYFLOAT g 123456789.123456789
INCRBYFLOAT h 0.1
INCRBYFLOAT h 0.2
SET s hello
INCR s
INCRBYFLOAT s 1
APPEND s world
APPEND s2 x
STRLEN s
STRLEN nokey
GETRANGE s 0 -1
GETRANGE s -3 -1
GETRANGE s 5 2
GETRANGE s 0 100
GETRANGE s -100 3
GETRANGE s a b
SUBSTR s 0 2
SETRANGE s 5 XX
SETRANGE s -1 x
SETRANGE s3 5 abc
GET s3
SETRANGE nokey 3 ""
SETRANGE s 536870912 x
GETSET s new
GETSET nk v
GETDEL nk
GETDEL nk
GETEX s
GETEX s EX 100
TTL s
GETEX s PERSIST
TTL s
GETEX s EX 0
GETEX s PXAT 1
GET s
GETEX s FOO
LPUSH l a
GET l
GETEX l
GETSET l x
GETDEL l
INCR l
APPEND l x
SET l v GET
STRLEN l
SETBIT bits 7 1
GETBIT bits 7
GETBIT bits 100
SETBIT bits 7 2
SETBIT bits -1 1
SETBIT bits 4294967296 1
SETBIT bits abc 1
GET bits
BITCOUNT bits
BITCOUNT bits 0
BITCOUNT bits 0 0
BITCOUNT bits 0 -1 BIT
BITCOUNT bits 5 7 BIT
BITCOUNT bits 0 0 FOO
BITCOUNT nokey
BITCOUNT nokey 1 x
BITPOS bits 1
BITPOS bits 0
BITPOS bits 1 1
BITPOS bits 2
BITPOS nokey 1
BITPOS nokey 0
BITPOS ff 0
BITPOS ff 0 0 0
BITPOS ff 1 2
BITPOS ff 0 8 -1 BIT
BITCOUNT ff
BITOP AND dst ff bits
BITOP OR dst ff bits
GET dst
BITOP XOR dst ff bits
BITOP NOT dst ff
GET dst
BITOP NOT dst ff bits
BITOP FOO dst ff
BITOP AND dst nokey
BITFIELD bf SET u8 0 255 GET u8 0
BITFIELD bf INCRBY u8 0 10
BITFIELD bf OVERFLOW SAT INCRBY u8 0 250
BITFIELD bf OVERFLOW FAIL INCRBY u8 0 250
BITFIELD bf INCRBY i5 100 1 GET u4 0
BITFIELD bf GET u64 0
BITFIELD bf GET i65 0
BITFIELD bf SET i8 #1 -5 GET i8 #1
BITFIELD bf OVERFLOW FOO
BITFIELD bf FOO
BITFIELD_RO bf GET u8 0
BITFIELD_RO bf SET u8 0 1
LCS a b
SET x1 ohmytext
SET x2 mynewtext
LCS x1 x2
LCS x1 x2 LEN
LCS x1 x2 IDX
LCS x1 x2 IDX MINMATCHLEN 4
LCS x1 x2 IDX MINMATCHLEN 4 WITHMATCHLEN
LCS x1 x2 IDX LEN
LCS x1 l
OBJECT ENCODING a
OBJECT ENCODING big
OBJECT ENCODING s
SET e1 abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr
OBJECT ENCODING e1
SET e1 abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrs
OBJECT ENCODING e1
SET e1 012
OBJECT ENCODING e1
APPEND e1 3
OBJECT ENCODING e1
SET e2 abc
OBJECT ENCODING e2
INCRBYFLOAT e3 1
OBJECT ENCODING e3
OBJECT ENCODING nokey
OBJECT REFCOUNT e2
OBJECT FREQ e2
OBJECT IDLETIME e2
OBJECT FOO
OBJECT ENCODING
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
