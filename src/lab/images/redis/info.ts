/** INFO. What has no meaning here (the allocator, forks' pages, threads) is left out; the rest has the real names. */
import { lower } from './bytes.ts';
import { PROCESS_ID, type RedisServer } from './redis-server.ts';

type Section = (server: RedisServer) => readonly string[];

const human = (bytes: number): string => {
  if (bytes < 1_024) return `${bytes}B`;
  const [unit, size] =
    bytes < 1_048_576 ? ['K', 1_024] : bytes < 1_073_741_824 ? ['M', 1_048_576] : ['G', 1_073_741_824];
  return `${(bytes / size).toFixed(2)}${unit}`;
};

const seconds = (ms: number) => Math.floor(ms / 1_000);

const SECTIONS: Readonly<Record<string, Section>> = {
  Server: ({ machine, runId, settings, startedAtMs }) => {
    const upSeconds = seconds(machine.nowMs() - startedAtMs);
    return [
      ...['redis_version:7.0.15', 'redis_git_sha1:00000000', 'redis_git_dirty:0', 'redis_mode:standalone'],
      ...['os:Linux x86_64', 'arch_bits:64', `process_id:${PROCESS_ID}`, `run_id:${runId}`],
      ...[`tcp_port:${settings.number('port')}`, `server_time_usec:${Math.floor(machine.wallMs() * 1_000)}`],
      ...[
        `uptime_in_seconds:${upSeconds}`,
        `uptime_in_days:${Math.floor(upSeconds / 86_400)}`,
        'hz:10',
        'configured_hz:10',
      ],
    ];
  },
  Clients: ({ clients, settings, blockedClients }) => [
    ...[`connected_clients:${clients.size}`, 'cluster_connections:0', `maxclients:${settings.number('maxclients')}`],
    ...[`blocked_clients:${blockedClients}`, 'tracking_clients:0'],
  ],
  Memory: (server) => {
    const used = server.usedBytes;
    const limit = server.settings.number('maxmemory');
    return [
      ...[`used_memory:${used}`, `used_memory_human:${human(used)}`, `used_memory_rss:${used}`],
      ...[`used_memory_peak:${server.peakBytes}`, `used_memory_peak_human:${human(server.peakBytes)}`],
      ...[`used_memory_dataset:${server.memoryBytes}`, `number_of_cached_scripts:${server.scripts.count}`],
      ...[`maxmemory:${limit}`, `maxmemory_human:${human(limit)}`],
      ...[
        `maxmemory_policy:${server.settings.text('maxmemory-policy')}`,
        'mem_fragmentation_ratio:1.00',
        'mem_allocator:lab',
      ],
    ];
  },
  Persistence: ({ aof, snapshots, isLoading }) => [
    ...[`loading:${Number(isLoading)}`, 'async_loading:0', `rdb_changes_since_last_save:${snapshots.changes}`],
    ...[`rdb_bgsave_in_progress:${Number(snapshots.isSaving)}`, `rdb_last_save_time:${seconds(snapshots.lastSaveMs)}`],
    ...[
      `rdb_last_bgsave_status:${snapshots.isLastOk ? 'ok' : 'err'}`,
      `rdb_last_bgsave_time_sec:${snapshots.lastDurationSeconds}`,
    ],
    ...[
      `rdb_saves:${snapshots.saves}`,
      `aof_enabled:${Number(aof.isOn)}`,
      `aof_rewrite_in_progress:${Number(aof.isRewriting)}`,
    ],
    ...['aof_rewrite_scheduled:0', `aof_last_bgrewrite_status:${aof.isLastRewriteOk ? 'ok' : 'err'}`],
    ...[`aof_rewrites:${aof.rewrites}`, `aof_last_write_status:${aof.writeError === null ? 'ok' : 'err'}`],
    ...(aof.isOn
      ? [`aof_current_size:${aof.sizeBytes}`, `aof_base_size:${aof.baseBytes}`, `aof_delayed_fsync:${aof.delayedSyncs}`]
      : []),
  ],
  Stats: ({ stats, pubsub }) => [
    ...[`total_connections_received:${stats.connections}`, `total_commands_processed:${stats.commands}`],
    ...[`total_net_input_bytes:${stats.netIn}`, `total_net_output_bytes:${stats.netOut}`],
    ...[
      `sync_full:${stats.syncFull}`,
      `sync_partial_ok:${stats.syncPartialOk}`,
      `sync_partial_err:${stats.syncPartialErr}`,
    ],
    ...[`rejected_connections:${stats.rejected}`, `expired_keys:${stats.expired}`, `evicted_keys:${stats.evicted}`],
    ...[`keyspace_hits:${stats.hits}`, `keyspace_misses:${stats.misses}`],
    ...[`pubsub_channels:${pubsub.channels.size}`, `pubsub_patterns:${pubsub.patterns.size}`],
    ...[`client_output_buffer_limit_disconnections:${stats.outputLimited}`, `total_error_replies:${stats.totalErrors}`],
  ],
  Replication: ({ replication }) => replication.info(),
  CPU: () => ['used_cpu_sys:0.000000', 'used_cpu_user:0.000000'],
  Modules: () => [],
  Commandstats: ({ stats }) =>
    [...stats.byCommand].map(
      ([name, { calls, us, rejected, failed }]) =>
        `cmdstat_${name}:calls=${calls},usec=${Math.round(us)},usec_per_call=${(us / Math.max(1, calls)).toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
    ),
  Errorstats: ({ stats }) => [...stats.errors].map(([code, count]) => `errorstat_${code}:count=${count}`),
  Cluster: () => ['cluster_enabled:0'],
  Keyspace: (server) =>
    server.databases
      .filter(({ size }) => size > 0)
      .map((db) => `db${db.index}:keys=${db.size},expires=${db.volatile.size},avg_ttl=${averageTtl(server, db.index)}`),
};

/** Of the first few keys that have one, ms. */
function averageTtl(server: RedisServer, index: number): number {
  const nowMs = server.machine.wallMs();
  let sum = 0;
  let count = 0;
  for (const expiresAtMs of server.databases[index]!.volatile.values()) {
    if (count === 20) break;
    sum += Math.max(0, expiresAtMs - nowMs);
    count++;
  }
  return count === 0 ? 0 : Math.floor(sum / count);
}

/** As `default` of INFO: everything but the statistics of commands. */
const EXTRA = new Set(['commandstats']);

export function infoText(server: RedisServer, wanted: readonly string[]): string {
  const names = wanted.map(lower);
  const isDefault = names.length === 0 || names.includes('default');
  const isAll = names.includes('all') || names.includes('everything');
  const parts: string[] = [];
  for (const [title, section] of Object.entries(SECTIONS)) {
    const name = lower(title);
    if (!isAll && !names.includes(name) && !(isDefault && !EXTRA.has(name))) continue;
    parts.push(
      `# ${title}\r\n${section(server)
        .map((line) => `${line}\r\n`)
        .join('')}`,
    );
  }
  return parts.join('\r\n');
}
