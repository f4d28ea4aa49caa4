/** What a database, cache, broker or proxy holds, as far as there is room for it in its block. */
import { formatCount, formatShare } from '../session/format.ts';
import type { Replica } from '../session/replicas.ts';
import { isUp } from '../session/replicas.ts';
import { serverOf } from '../session/servers.ts';
import { type Stress, stressOfQueue } from './stress.ts';
import type { TopologyTexts } from './texts.ts';

export interface Contents {
  /** Most important first; a small block shows one. */
  readonly lines: readonly Line[];
  /** One for each queue, by name. */
  readonly queues: readonly Depth[];
  /** How full its memory is, 0 to 1; null without a limit. */
  readonly level: number | null;
  /** Messages, statements or requests that wait. */
  readonly waiting: number;
  readonly stress: Stress;
  /** All of it in words. */
  readonly label: string;
}

export interface Line {
  readonly value: string;
  readonly unit: string;
  readonly tone?: 'warm' | 'hot';
}

export interface Depth {
  readonly name: string;
  readonly ready: number;
  readonly unacked: number;
  /** Of a full bar, 0 to 1. */
  readonly share: number;
  readonly unackedShare: number;
}

/** Messages that fill a bar to the top; by their logarithm, so that the first ones are seen. */
const FULL = 1000;
const QUEUES_SHOWN = 8;

/** null for a service without figures of its own. */
export function contentsOf(image: string, replicas: readonly (Replica | null)[], text: TopologyTexts): Contents | null {
  const kind = serverOf(image);
  const up = replicas.filter((replica): replica is Replica => replica !== null && isUp(replica.state));
  if (kind === null || !up.some(({ figures }) => Object.keys(figures).length > 0)) return null;
  const sum = (name: string) => up.reduce((total, { figures }) => total + (figures[name] ?? 0), 0);
  const words = text.contents;
  switch (kind) {
    case 'redis': {
      const [hits, misses] = [sum('keyspace_hits'), sum('keyspace_misses')];
      const maximum = sum('maxmemory');
      const level = maximum > 0 ? sum('used_memory') / maximum : null;
      const blocked = sum('blocked_clients');
      const lines: Line[] = [{ value: formatCount(sum('keys')), unit: words.keys }];
      if (hits + misses > 0) lines.push({ value: formatShare(hits / (hits + misses)), unit: words.hits });
      return contents(lines, [], level, blocked, level !== null && level > 0.95 ? 'warm' : 'idle');
    }
    case 'postgres': {
      const waiting = sum('waiting for locks');
      const idle = sum('idle in transaction');
      const second: Line =
        waiting > 0
          ? { value: formatCount(waiting), unit: words.waiting, tone: 'hot' }
          : idle > 0
            ? { value: formatCount(idle), unit: words.inTransaction, tone: 'warm' }
            : { value: formatCount(sum('active')), unit: words.active };
      const lines = [{ value: formatCount(sum('connections')), unit: words.connections }, second];
      return contents(lines, [], null, waiting, stressOfQueue(waiting));
    }
    case 'rabbitmq': {
      const queues = queuesOf(up);
      const ready = queues.reduce((total, queue) => total + queue.ready, 0);
      const lines = [{ value: formatCount(queues.length), unit: words.queues }];
      return contents(lines, queues.slice(0, QUEUES_SHOWN), null, ready, stressOfQueue(ready));
    }
    case 'consul': {
      const critical = sum('checks critical');
      const second: Line =
        critical > 0
          ? { value: formatCount(critical), unit: words.critical, tone: 'hot' }
          : { value: formatCount(sum('keys')), unit: words.keys };
      const lines = [{ value: formatCount(sum('services')), unit: words.registered }, second];
      // A query that waits for a change is how one listens, not a queue.
      return contents(lines, [], null, 0, critical > 0 ? 'warm' : 'idle');
    }
    case 'haproxy': {
      const names = new Set(up.flatMap(({ figures }) => Object.keys(figures)));
      const servers = [...names].filter((name) => name.startsWith('up ')).filter((name) => sum(name) > 0).length;
      const queued = [...names]
        .filter((name) => name.startsWith('queue '))
        .reduce((total, name) => total + sum(name), 0);
      const lines: Line[] = [
        { value: String(servers), unit: words.servers, ...(servers === 0 ? { tone: 'hot' } : {}) },
      ];
      return contents(lines, [], null, queued, servers === 0 ? 'hot' : stressOfQueue(queued));
    }
  }
}

function contents(
  lines: readonly Line[],
  queues: readonly Depth[],
  level: number | null,
  waiting: number,
  stress: Stress,
): Contents {
  const label = [
    ...lines.map(({ value, unit }) => `${value} ${unit}`),
    ...queues.map(({ name, ready, unacked }) => `${name}: ${ready} + ${unacked}`),
  ].join(', ');
  return { lines, queues, level, waiting, stress, label };
}

function queuesOf(replicas: readonly Replica[]): Depth[] {
  const queues = new Map<string, { ready: number; unacked: number }>();
  for (const { figures } of replicas) {
    for (const [name, value] of Object.entries(figures)) {
      const match = /^messages_(ready|unacked) (.*)$/s.exec(name);
      if (match === null) continue;
      const queue = queues.get(match[2]!) ?? { ready: 0, unacked: 0 };
      queue[match[1] as 'ready' | 'unacked'] += value;
      queues.set(match[2]!, queue);
    }
  }
  const share = (count: number) => Math.min(1, Math.log1p(count) / Math.log1p(FULL));
  return (
    [...queues]
      // A queue made for one connection has a name that says nothing; it stands last.
      .sort(([a], [b]) => Number(a.startsWith('amq.gen')) - Number(b.startsWith('amq.gen')) || (a < b ? -1 : 1))
      .map(([name, { ready, unacked }]) => ({
        name,
        ready,
        unacked,
        share: share(ready + unacked),
        unackedShare: share(ready + unacked) * (unacked / Math.max(1, ready + unacked)),
      }))
  );
}
