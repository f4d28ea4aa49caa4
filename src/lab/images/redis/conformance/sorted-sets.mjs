// packages: ioredis, redis
// 141 commands, each by ioredis in RESP2 and by node-redis in RESP3: sorted sets.
import { Redis } from 'ioredis';
import { createClient } from 'redis';

// One command a line, words as in a shell; "~" before it: the order of the reply means nothing.
const COMMANDS = `
LPUSH l a
ZADD z1 1 a 2 b 3 c
ZADD z1 NX 5 a
ZADD z1 XX 5 a
ZADD z1 GT 4 a
ZADD z1 GT CH 6 a
ZADD z1 LT CH 1 a
ZADD z1 NX XX 1 a
ZADD z1 GT LT 1 a
ZADD z1 NX GT 1 a
ZADD z1 INCR 5 a
ZADD z1 NX INCR 5 a
ZADD z1 INCR 5 a 6 b
ZADD z1 abc a
ZADD z1 1
ZADD z1 CH 1 a 9 z
ZADD z1 XX 1 nope
ZADD nokey XX 1 nope
ZADD z1 nan x
ZADD z1 inf x
ZADD z1 INCR -inf x
ZADD z1 1.5 d 0.1 e 1e20 f 3.0000000000000004 g
ZSCORE z1 e
ZSCORE z1 f
ZSCORE z1 g
ZSCORE z1 x
ZSCORE z1 nope
ZSCORE nokey a
ZMSCORE z1 a nope e
ZMSCORE nokey a
ZINCRBY z1 0.1 e
ZINCRBY z1 abc e
ZINCRBY nokey2 2 m
ZCARD z1
ZCARD nokey
ZRANK z1 a
ZRANK z1 nope
ZREVRANK z1 a
ZRANGE z1 0 -1
ZRANGE z1 0 -1 WITHSCORES
ZRANGE z1 0 1 REV
ZRANGE z1 1 3 BYSCORE
ZRANGE z1 (1 3 BYSCORE WITHSCORES
ZRANGE z1 3 1 BYSCORE REV LIMIT 0 2
ZRANGE z1 -inf +inf BYSCORE LIMIT 1 2
ZRANGE z1 -inf +inf BYSCORE LIMIT -1 2
ZRANGE z1 0 1 LIMIT 0 1
ZRANGE z1 a b BYSCORE
ZRANGE z1 a b BYLEX
ZRANGE z1 [a [c BYLEX WITHSCORES
ZRANGE z1 0 1 FOO
ZRANGE z1 x 1
ZREVRANGE z1 0 1 WITHSCORES
ZREVRANGE z1 0 -1
ZRANGEBYSCORE z1 -inf (3
ZRANGEBYSCORE z1 1 2 WITHSCORES LIMIT 0 1
ZRANGEBYSCORE z1 foo 2
ZREVRANGEBYSCORE z1 +inf -inf LIMIT 0 2
ZADD lex 0 a 0 b 0 c 0 d
ZRANGEBYLEX lex - +
ZRANGEBYLEX lex [b (d
ZRANGEBYLEX lex + -
ZRANGEBYLEX lex b d
ZREVRANGEBYLEX lex + [b LIMIT 0 2
ZLEXCOUNT lex - [b
ZLEXCOUNT lex x y
ZCOUNT z1 1 3
ZCOUNT z1 (1 +inf
ZCOUNT z1 a b
ZREM z1 x nope
ZREM nokey x
ZPOPMIN z1
ZPOPMAX z1 2
ZPOPMIN z1 0
ZPOPMIN z1 -1
ZPOPMIN z1 abc
ZPOPMIN nokey
ZPOPMIN z1 1 2
ZREMRANGEBYRANK lex 0 0
ZREMRANGEBYLEX lex [b [b
ZREMRANGEBYSCORE z1 0 1
ZREMRANGEBYSCORE z1 a 1
ZREMRANGEBYRANK z1 a 1
ZADD za 1 a 2 b
ZADD zb 10 b 20 c
ZUNION 2 za zb
ZUNION 2 za zb WITHSCORES
ZUNION 2 za zb WEIGHTS 2 3 WITHSCORES
ZUNION 2 za zb AGGREGATE MAX WITHSCORES
ZUNION 2 za zb AGGREGATE FOO
ZUNION 0 za
ZUNION 5 za
ZUNION 2 za zb WEIGHTS 1
ZUNION 2 za zb WEIGHTS 1 x
ZINTER 2 za zb WITHSCORES
ZINTER 2 za zb AGGREGATE MIN WITHSCORES
ZDIFF 2 za zb WITHSCORES
ZDIFF 2 za zb WEIGHTS 1 2
ZUNIONSTORE zo 2 za zb
ZINTERSTORE zo 2 za zb
ZDIFFSTORE zo 2 za zb
ZRANGE zo 0 -1 WITHSCORES
ZUNIONSTORE zo 2 za zb WITHSCORES
ZINTERCARD 2 za zb
ZINTERCARD 2 za zb LIMIT 1
ZINTERCARD 2 za zb LIMIT -1
ZINTERCARD 0 za
ZINTERCARD 9 za
SADD st a b
ZUNION 2 za st WITHSCORES
ZUNION 2 za l
ZRANGESTORE zr za 0 -1
ZRANGESTORE zr za 0 -1 WITHSCORES
ZRANGESTORE zr za 5 9
EXISTS zr
ZRANGESTORE zr za -inf +inf BYSCORE LIMIT 0 1
ZMPOP 1 za MIN
ZMPOP 1 za FOO
ZMPOP 2 nokey zb MAX COUNT 5
ZMPOP 0 za MIN
ZMPOP 1 nokey MIN
BZPOPMIN nokey 0.01
BZPOPMIN za 0
BZPOPMAX za abc
BZMPOP 0.01 1 nokey MIN
ZADD za 1 a 2 b
BZMPOP 0 1 za MAX COUNT 2
ZADD one 5 m
ZRANDMEMBER one
ZRANDMEMBER one -2
ZRANDMEMBER one 5 WITHSCORES
ZRANDMEMBER one 5 FOO
ZRANDMEMBER nokey
ZRANDMEMBER nokey 3
ZRANDMEMBER one abc
ZSCAN one 0
ZSCAN one 0 MATCH x*
ZSCAN nokey 0
OBJECT ENCODING one
ZADD l 1 a
ZSCORE l a
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
