// packages: ioredis, redis
// 121 commands, each by ioredis in RESP2 and by node-redis in RESP3: publishing, CLIENT, CONFIG, COMMAND, ACL and the rest.
import { Redis } from 'ioredis';
import { createClient } from 'redis';

// One command a line, words as in a shell; "~" before it: the order of the reply means nothing.
const COMMANDS = `
PUBLISH nochan hi
PUBSUB CHANNELS
PUBSUB NUMSUB a b
PUBSUB NUMPAT
PUBSUB FOO
SPUBLISH sh x
FOO
FOO a b "c d"
foo|bar
CLIENT
CLIENT FOO
CLIENT SETNAME
CLIENT SETNAME x
CLIENT GETNAME
CLIENT SETNAME "a b"
CLIENT SETNAME ""
CLIENT GETNAME
CLIENT REPLY FOO
CLIENT PAUSE abc
CLIENT PAUSE 1 FOO
CLIENT PAUSE 0
CLIENT UNPAUSE
CLIENT KILL 1.2.3.4:5
CLIENT KILL ID 999999
CLIENT KILL ID abc
CLIENT KILL TYPE FOO
CLIENT KILL USER nobody
CLIENT KILL ID
CLIENT LIST TYPE FOO
CLIENT LIST FOO
CLIENT LIST ID abc
CLIENT LIST ID 999999
CLIENT UNBLOCK 99999
CLIENT UNBLOCK abc
CLIENT UNBLOCK 1 FOO
CLIENT NO-EVICT ON
CLIENT NO-EVICT FOO
CLIENT TRACKING FOO
CLIENT TRACKING OFF
CLIENT TRACKINGINFO
CLIENT GETREDIR
CLIENT SETINFO LIB-NAME x
CONFIG
CONFIG FOO
CONFIG GET maxmemory
CONFIG GET nothing*
CONFIG SET maxmemory abc
CONFIG SET maxmemory 100mb
CONFIG GET maxmemory
CONFIG SET maxmemory 0
CONFIG SET foo bar
CONFIG SET maxmemory
CONFIG SET maxmemory 0 maxmemory 0
CONFIG SET maxmemory-policy foo
CONFIG SET appendonly maybe
CONFIG SET databases 5
CONFIG SET hash-max-listpack-entries 3 timeout 0
HSET hh a 1 b 2 c 3
OBJECT ENCODING hh
HSET hh d 4
OBJECT ENCODING hh
CONFIG SET hash-max-listpack-entries 512
CONFIG SET notify-keyspace-events KEA
CONFIG GET notify-keyspace-events
CONFIG SET notify-keyspace-events q
CONFIG SET notify-keyspace-events ""
CONFIG REWRITE
CONFIG RESETSTAT
CONFIG SET save "60 1"
CONFIG GET save
CONFIG SET save ""
CONFIG SET save abc
COMMAND COUNT x
COMMAND GETKEYS get a
COMMAND GETKEYS mset a 1 b 2
COMMAND GETKEYS eval x 2 a b c
COMMAND GETKEYS zunionstore d 2 a b
COMMAND GETKEYS xread streams a b 0 0
COMMAND GETKEYS ping
COMMAND GETKEYS ping x
COMMAND GETKEYS foo x
COMMAND GETKEYS get
COMMAND GETKEYS set a
COMMAND INFO foo
COMMAND FOO
COMMAND LIST FILTERBY FOO x
COMMAND LIST FILTERBY PATTERN xadd*
MEMORY USAGE nokey
MEMORY USAGE a SAMPLES
MEMORY FOO
SLOWLOG GET
SLOWLOG LEN
SLOWLOG RESET
SLOWLOG GET abc
SLOWLOG FOO
LATENCY LATEST
LATENCY RESET
LATENCY FOO
WAIT 0 0
WAIT a 0
WAIT 0 a
WAIT 0 -1
WAIT 1 10
ROLE x
LASTSAVE x
TIME x
BGSAVE FOO
SHUTDOWN FOO
REPLICAOF NO ONE
REPLICAOF a
INFO nothing
LOLWUT VERSION
ACL WHOAMI
ACL USERS
ACL SETUSER u foo
ACL SETUSER u +foo
ACL DELUSER u
ACL DELUSER default
ACL GETUSER nope
ACL CAT foo
ACL FOO
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
