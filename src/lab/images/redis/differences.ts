/** Where the image is not Redis, and what it speaks: the page of differences is made from this. */
import type { Difference } from '../difference.ts';
import { COMMANDS } from './table.ts';

/** What it behaves as, whatever the tag of the image: Debian 12's, which the conformance programs are compared with. */
export const version = '7.0.15';

/** Commands, with those of containers as `config|get`. */
export const supported: readonly string[] = [...COMMANDS.values()]
  .flatMap((command) => (command.subcommands ? [...command.subcommands.values()] : [command]))
  .map(({ name }) => name)
  .filter((name) => !['dump', 'restore'].includes(name))
  .sort();

export const differences: readonly Difference[] = [
  {
    what: 'Version',
    real: 'redis:7 is 7.4',
    lab: '7.0.15: no CLIENT SETINFO, no HEXPIRE, no sets as listpacks',
    why: 'it is compared with Debian’s server; clients ignore the refused CLIENT SETINFO',
  },
  {
    what: 'Clusters, modules, Sentinel, FAILOVER',
    real: 'there',
    lab: 'unknown commands; replication itself is there, also with real servers on the other side',
    why: 'not part of the course so far',
  },
  {
    what: 'A replica or master that is started again',
    real: 'goes on where it was, when its snapshot has the id and offset of the stream',
    lab: 'begins with a full resynchronization',
    why: 'its snapshots do not hold them',
  },
  {
    what: 'Geo commands, HyperLogLog, DUMP and RESTORE, MIGRATE',
    real: 'there',
    lab: 'unknown commands; DUMP and RESTORE refuse',
    why: 'seldom needed beside the rest; dump.rdb has a form of its own',
  },
  {
    what: 'CLIENT TRACKING',
    real: 'invalidation messages for caches in clients',
    lab: 'refused',
    why: 'a server that accepted it and sent nothing would make caches lie',
  },
  {
    what: 'A script without end',
    real: 'others get BUSY after 5 s; it runs until SCRIPT KILL or SHUTDOWN NOSAVE',
    lab: 'ended after 50 million steps with the error of SCRIPT KILL, also when it has written',
    why: 'it would hold the browser’s thread',
  },
  {
    what: 'Coroutines, struct and debug in scripts',
    real: 'Lua 5.1 with coroutine, struct, cjson, cmsgpack, bit',
    lab: 'Lua 5.1 with cjson, cmsgpack, bit; math.random has other numbers',
    why: 'an interpreter of its own, made of closures',
  },
  {
    what: 'Memory',
    real: 'what the allocator gives',
    lab: 'computed from the layouts of Redis, without fragmentation: MEMORY USAGE is right to some tens of percent',
    why: 'enough for maxmemory to bite where it would',
  },
  {
    what: 'Order of hash tables',
    real: 'by a hash seeded at the start',
    lab: 'order of addition; scans go from the newest key to the oldest',
    why: 'the same in each run; programs may not rely on either',
  },
  {
    what: 'dump.rdb and the base of the append-only file',
    real: 'RDB',
    lab: 'a header and commands; the increments are the same RESP commands',
    why: 'only this server reads them',
  },
  {
    what: 'HELP subcommands, COMMAND DOCS, key specifications and tips of COMMAND',
    real: 'texts and tables',
    lab: 'HELP is unknown; docs name the group only',
    why: 'no client needs them',
  },
  {
    what: 'ACL',
    real: 'selectors, a file, a log; rules are merged',
    lab: 'users in memory with commands, categories, keys and channels; rules are shown as they were written',
    why: 'enough to show least privilege',
  },
  {
    what: 'Loading',
    real: 'the port is open and answers LOADING',
    lab: 'the port opens when the data are there',
    why: 'seen from a client both are a server that is not ready',
  },
  {
    what: 'LATENCY, io-threads, lazy freeing, active defragmentation, TLS, Unix sockets',
    real: 'settings of their own',
    lab: 'without effect or unknown to CONFIG',
    why: 'one thread of virtual CPU is all there is',
  },
];
