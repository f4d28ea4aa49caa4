/**
 * What the container was started with: environment variables of the official image, /etc/rabbitmq/rabbitmq.conf and
 * conf.d/*.conf (the keys below; others are accepted and have no effect), definitions to load.
 */
import type { ServerMachine } from '../server.ts';
import { COST, MEMORY_BYTES } from './cost.ts';

export interface Configuration {
  readonly nodeName: string;
  readonly dataFolder: string;
  readonly port: number;
  readonly managementPort: number;
  /** The image's tag ends in `-management`, or the plugin is enabled. */
  readonly hasManagement: boolean;
  readonly defaultUser: string;
  readonly defaultPassword: string;
  readonly defaultVhost: string;
  readonly heartbeatS: number;
  readonly frameMax: number;
  readonly channelMax: number;
  readonly consumerTimeoutMs: number;
  readonly messageBytesMax: number;
  readonly memoryLimitBytes: number;
  readonly diskFreeLimitBytes: number;
  readonly bootMs: number;
  readonly definitionsFile: string | null;
  readonly values: Readonly<Record<string, string>>;
}

export function configure(machine: ServerMachine): Configuration {
  const { env, argv, disk } = machine;
  const values: Record<string, string> = Object.create(null);
  const files = [
    env.RABBITMQ_CONFIG_FILE ?? '/etc/rabbitmq/rabbitmq.conf',
    ...disk.list('/etc/rabbitmq/conf.d').filter((path) => path.endsWith('.conf')),
  ];
  for (const path of files) {
    const bytes = disk.read(path) ?? disk.read(`${path}.conf`);
    if (bytes) Object.assign(values, parseConf(new TextDecoder().decode(bytes)));
  }
  const number = (key: string, otherwise: number): number => {
    const value = Number(values[key] ?? 'none');
    return Number.isFinite(value) ? value : otherwise;
  };
  const nodeName = env.RABBITMQ_NODENAME ?? `rabbit@${machine.hostname}`;
  const plugins = disk.read('/etc/rabbitmq/enabled_plugins');
  const relative = Number(values['vm_memory_high_watermark.relative'] ?? 0.6);
  return {
    nodeName,
    dataFolder: `${env.RABBITMQ_MNESIA_BASE ?? '/var/lib/rabbitmq/mnesia'}/${nodeName}`,
    port: Number(env.RABBITMQ_NODE_PORT ?? number('listeners.tcp.default', 5672)),
    managementPort: number('management.tcp.port', 15672),
    hasManagement:
      env.RABBITMQ_MANAGEMENT === 'yes' ||
      argv.some((arg) => /-management\b|rabbitmq_management/.test(arg)) ||
      (plugins !== null && new TextDecoder().decode(plugins).includes('rabbitmq_management')),
    defaultUser: env.RABBITMQ_DEFAULT_USER ?? values.default_user ?? 'guest',
    defaultPassword: env.RABBITMQ_DEFAULT_PASS ?? values.default_pass ?? 'guest',
    defaultVhost: env.RABBITMQ_DEFAULT_VHOST ?? values.default_vhost ?? '/',
    heartbeatS: number('heartbeat', 60),
    frameMax: number('frame_max', 131_072),
    channelMax: number('channel_max', 2047),
    consumerTimeoutMs: number('consumer_timeout', 1_800_000),
    messageBytesMax: number('max_message_size', 16_777_216),
    memoryLimitBytes:
      sizeOf(values['vm_memory_high_watermark.absolute']) ??
      Math.floor((Number.isFinite(relative) ? relative : 0.6) * MEMORY_BYTES),
    diskFreeLimitBytes: sizeOf(values['disk_free_limit.absolute']) ?? 50_000_000,
    bootMs: env.LAB_BOOT_MS === undefined ? COST.bootMs : Math.max(0, Number(env.LAB_BOOT_MS) || 0),
    definitionsFile: values.load_definitions ?? values['definitions.local.path'] ?? definitionsOf(machine),
    values,
  };
}

function definitionsOf({ disk }: ServerMachine): string | null {
  return disk.read('/etc/rabbitmq/definitions.json') === null ? null : '/etc/rabbitmq/definitions.json';
}

/** Lines `key = value`; a value may stand in single quotes, `#` begins a comment. */
export function parseConf(text: string): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  for (const line of text.split('\n')) {
    const match = /^\s*([a-z0-9_.-]+)\s*=\s*(?:'([^']*)'|([^#]*))/i.exec(line);
    if (match) values[match[1]!] = match[2] ?? match[3]!.trim();
  }
  return values;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1024],
  ['kb', 1000],
  ['kib', 1024],
  ['m', 1024 ** 2],
  ['mb', 1000 ** 2],
  ['mib', 1024 ** 2],
  ['g', 1024 ** 3],
  ['gb', 1000 ** 3],
  ['gib', 1024 ** 3],
]);

function sizeOf(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text ?? '');
  const unit = match ? UNITS.get(match[2]!.toLowerCase()) : undefined;
  return match && unit !== undefined ? Math.floor(Number(match[1]) * unit) : undefined;
}
