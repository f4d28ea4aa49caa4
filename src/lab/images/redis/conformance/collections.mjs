// packages: ioredis, redis
// 211 commands, each by ioredis in RESP2 and by node-redis in RESP3: hashes, lists, sets.
import { Redis } from 'ioredis';
import { createClient } from 'redis';

// One command a line, words as in a shell; "~" before it: the order of the reply means nothing.
const COMMANDS = `
LPUSH l a
SET a 1
SET b 2
HSET h1 a 1 b 2
HSET h1 a
HSET h1 a 1 b
HSET h1 a 5 c 3
HGET h1 a
HGET h1 zz
HGET nokey a
HMSET h1 d 4
HMGET h1 a b zz
HMGET nokey a
HGETALL h1
HGETALL nokey
HKEYS h1
HVALS h1
HLEN h1
HLEN nokey
HEXISTS h1 a
HEXISTS h1 zz
HDEL h1 a zz
HDEL nokey a
HSTRLEN h1 b
HSTRLEN h1 zz
HSETNX h1 b 9
HSETNX h1 n 9
HINCRBY h1 b 5
HINCRBY h1 newf 5
HINCRBY h1 b abc
HSET h1 str abc
HINCRBY h1 str 1
HINCRBYFLOAT h1 b 0.5
HINCRBYFLOAT h1 str 0.5
HINCRBYFLOAT h1 b abc
HINCRBYFLOAT h1 b inf
HINCRBY h1 big 9223372036854775807
HINCRBY h1 big 1
HRANDFIELD nokey
HRANDFIELD nokey 5
HRANDFIELD h1 0
HRANDFIELD h1 abc
HRANDFIELD h1 100
HRANDFIELD h1 100 WITHVALUES
HRANDFIELD h1 1 FOO
HRANDFIELD h1 1 WITHVALUES x
HSCAN h1 0
HSCAN h1 0 MATCH b*
HSCAN h1 0 COUNT 0
HSCAN h1 abc
HSCAN h1 0 FOO
HSCAN h1 0 TYPE x
HSCAN nokey 0
HGET l a
HSET l a 1
OBJECT ENCODING h1
HSET h2 f abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz
OBJECT ENCODING h2
HDEL h2 f
EXISTS h2
TYPE h1
TYPE l
TYPE nokey
RPUSH l2 a b c d e
LPUSH l2 z
LRANGE l2 0 -1
LRANGE l2 1 2
LRANGE l2 -2 -1
LRANGE l2 5 1
LRANGE nokey 0 -1
LRANGE l2 a 1
LINDEX l2 0
LINDEX l2 -1
LINDEX l2 100
LINDEX l2 abc
LLEN l2
LSET l2 0 new
LSET l2 100 x
LSET nokey 0 x
LSET l2 abc x
LINSERT l2 BEFORE b X
LINSERT l2 AFTER b Y
LINSERT l2 FOO b Y
LINSERT l2 BEFORE nope Y
LINSERT nokey BEFORE b X
LRANGE l2 0 -1
RPUSH l3 a b a c a b a
LREM l3 2 a
LREM l3 -1 a
LREM l3 0 b
LREM l3 0 zz
LRANGE l3 0 -1
LTRIM l2 1 3
LRANGE l2 0 -1
LTRIM l2 5 10
EXISTS l2
LTRIM nokey 0 1
RPUSH l4 a b c 1 2 3 c c
LPOS l4 c
LPOS l4 c RANK 2
LPOS l4 c RANK -1
LPOS l4 c RANK 0
LPOS l4 c COUNT 2
LPOS l4 c COUNT 0
LPOS l4 c COUNT -1
LPOS l4 c COUNT 0 MAXLEN 3
LPOS l4 c MAXLEN -1
LPOS l4 zz
LPOS l4 zz COUNT 1
LPOS nokey c
LPOS nokey c COUNT 1
LPOS l4 c FOO
LPOP l4
RPOP l4
LPOP l4 2
LPOP l4 0
LPOP l4 -1
LPOP l4 abc
LPOP l4 1 2
LPOP nokey
LPOP nokey 2
LPOP nokey 0
LPUSHX nokey a
RPUSHX l4 z
RPOPLPUSH l4 l5
RPOPLPUSH nokey l5
LMOVE l4 l5 LEFT RIGHT
LMOVE l4 l5 FOO RIGHT
LMOVE l4 l4 LEFT RIGHT
LRANGE l4 0 -1
LRANGE l5 0 -1
LMPOP 1 l5 LEFT
LMPOP 2 nokey l4 RIGHT COUNT 2
LMPOP 0 l5 LEFT
LMPOP 1 l5 FOO
LMPOP 1 l5 LEFT COUNT 0
LMPOP 1 nokey LEFT
LMPOP abc l5 LEFT
BLPOP l5 abc
BLPOP l5 -1
RPUSH l6 q w
BLPOP nokey l6 0
BRPOP l6 0.5
BLPOP nokey 0.01
BLMOVE nokey x LEFT LEFT 0.01
BRPOPLPUSH nokey x 0.01
BLMPOP 0.01 1 nokey LEFT
BLMPOP 0.01 1 nokey FOO
RPUSH l6 q
BLMPOP 0 1 l6 LEFT COUNT 10
LPUSH a x
LLEN a
BLPOP a 0.01
OBJECT ENCODING l
SADD s1 a b c
SADD s1 a d
~ SMEMBERS s1
SMEMBERS nokey
SISMEMBER s1 a
SISMEMBER nokey a
SMISMEMBER s1 a zz
SMISMEMBER nokey a
SCARD s1
SREM s1 a zz
SREM nokey a
SADD si 3 1 2
SMEMBERS si
OBJECT ENCODING si
SADD si abc
OBJECT ENCODING si
SADD s2set b c x
SET s2 v
~ SINTER s1 s2set
~ SUNION s1 s2set
~ SDIFF s1 s2set
SINTER s1 nokey
SINTER s1 a
SINTERSTORE d s1 s2set
~ SMEMBERS d
SUNIONSTORE d s1 s2set
SDIFFSTORE d nokey s1
EXISTS d
SINTERCARD 2 s1 s2set
SINTERCARD 2 s1 s2set LIMIT 1
SINTERCARD 2 s1 s2set LIMIT -1
SINTERCARD 0 s1
SINTERCARD 5 s1
SINTERCARD 1 s1 FOO
SMOVE s1 s2set b
SMOVE s1 s2set nope
SMOVE nokey s2set x
SPOP nokey
SPOP nokey 2
SPOP s1 -1
SPOP s1 abc
SPOP s1 0
SRANDMEMBER nokey
SRANDMEMBER nokey 2
SRANDMEMBER s1 abc
~ SRANDMEMBER s1 100
SADD one x
SRANDMEMBER one
SRANDMEMBER one -3
SPOP one
SADD one x
SPOP one 5
~ SSCAN s1 0
SSCAN si 0 MATCH 1
SSCAN nokey 0
SADD a x
SMEMBERS a
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
