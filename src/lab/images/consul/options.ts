/** The agent's command line and its configuration in JSON: `consul agent -dev -client=0.0.0.0`. */

import type { ServerMachine } from '../server.ts';
import { fromUtf8 } from './bytes.ts';
import { decode, type Schema } from './go/decode.ts';
import { type Json, parseJson } from './go/json.ts';
import {
  CHECK_SCHEMA,
  type CheckDefinition,
  isEmptyCheck,
  SERVICE_SCHEMA,
  type ServiceDefinition,
} from './local/definition.ts';

export interface Options {
  readonly isDev: boolean;
  readonly isServer: boolean;
  readonly datacenter: string;
  readonly nodeName: string;
  /** What the agent says others should reach it at; null for the address of its host. */
  readonly address: string | null;
  /** True when only processes of the same host may use the API. */
  readonly isPrivate: boolean;
  readonly httpPort: number;
  /** Null in development mode: nothing is kept. */
  readonly dataFolder: string | null;
  readonly nodeMeta: Readonly<Record<string, string>>;
  readonly clientConnectionsMax: number;
  readonly services: readonly ServiceDefinition[];
  readonly checks: readonly CheckDefinition[];
}

/** Once the address is known. */
export type Located = Options & { readonly address: string };

/** Given, and without effect: one server on the lab's network has no use for them. */
const IGNORED = new Set(
  `log-level log-json log-file bind serf-lan-bind serf-wan-bind encrypt protocol raft-protocol rejoin ui retry-interval
  retry-max enable-script-checks enable-local-script-checks disable-host-node-id disable-keyring-file pid-file ui-content-path
  default-query-time max-query-time dns-port recursor domain grpc-port grpc-tls-port https-port server-port serf-lan-port
  serf-wan-port alt-domain hcl primary-gateway config-format read-replica`.split(/\s+/),
);
const WITHOUT_VALUE = new Set(
  'dev server bootstrap ui log-json rejoin disable-host-node-id disable-keyring-file enable-script-checks enable-local-script-checks'.split(
    ' ',
  ),
);
const JOINS = new Set(['join', 'retry-join', 'join-wan', 'retry-join-wan']);

const CONFIG = {
  datacenter: 'string',
  data_dir: 'string',
  node_name: 'string',
  server: 'bool',
  bootstrap: 'bool',
  bootstrap_expect: 'int',
  client_addr: 'string',
  advertise_addr: 'string',
  node_meta: 'map',
  ports: { struct: { http: 'int' }, name: 'Ports' },
  limits: { struct: { http_max_conns_per_client: 'int' }, name: 'Limits' },
  retry_join: 'strings',
  service: { struct: SERVICE_SCHEMA, name: 'ServiceDefinition' },
  services: { list: SERVICE_SCHEMA, name: 'ServiceDefinition' },
  check: { struct: CHECK_SCHEMA, name: 'CheckDefinition' },
  checks: { list: CHECK_SCHEMA, name: 'CheckDefinition' },
} as const satisfies Schema;

interface Config {
  readonly datacenter: string;
  readonly data_dir: string;
  readonly node_name: string;
  readonly server: boolean;
  readonly bootstrap: boolean;
  readonly bootstrap_expect: number;
  readonly client_addr: string;
  readonly advertise_addr: string;
  readonly node_meta: Readonly<Record<string, string>> | null;
  readonly ports: { readonly http: number } | null;
  readonly limits: { readonly http_max_conns_per_client: number } | null;
  readonly retry_join: readonly string[] | null;
  readonly service: ServiceDefinition | null;
  readonly services: readonly ServiceDefinition[] | null;
  readonly check: CheckDefinition | null;
  readonly checks: readonly CheckDefinition[] | null;
}

/** As the image's entrypoint gives them to the agent. */
const IMAGE_CONFIG_FOLDER = '/consul/config';
const IMAGE_DATA_FOLDER = '/consul/data';
const CONNECTIONS_MAX = 200;

/** Throws an Error that says what the agent would not start with. */
export function readOptions(machine: ServerMachine): Options {
  const words = machine.argv.slice(machine.argv[0]?.endsWith('consul') ? 1 : 0);
  if (words[0] !== 'agent')
    throw new Error(`the lab's consul runs "consul agent", and the command is "consul ${words.join(' ')}"`);
  const flags = readFlags(words.slice(1));
  const paths = [IMAGE_CONFIG_FOLDER, ...(flags.get('config-dir') ?? []), ...(flags.get('config-file') ?? [])];
  const configs = paths.flatMap((path) => configsAt(machine, path));
  // The entrypoint writes it to /consul/config/local.json.
  const local = machine.env.CONSUL_LOCAL_CONFIG;
  if (local) configs.push(readConfig('CONSUL_LOCAL_CONFIG', local));
  const flag = (name: string) => flags.get(name)?.at(-1);
  const first = <T>(given: T | undefined, pick: (config: Config) => T | undefined, otherwise: T): T =>
    given ?? configs.map(pick).findLast((value) => value !== undefined) ?? otherwise;
  const text = (name: string, pick: (config: Config) => string, otherwise: string) =>
    first(flag(name), (config) => pick(config) || undefined, otherwise);
  const isDev = flags.has('dev');
  const isServer =
    isDev ||
    first(flags.has('server') ? isTrue(flag('server')) : undefined, ({ server }) => server || undefined, false);
  const joins =
    [...JOINS].some((name) => flags.has(name)) || configs.some(({ retry_join }) => (retry_join ?? []).length > 0);
  const expect = Number(
    first(flag('bootstrap-expect'), ({ bootstrap_expect }) => String(bootstrap_expect || '') || undefined, '0'),
  );
  if (!Number.isInteger(expect)) throw new Error('==> bootstrap_expect must be a number');
  if (expect > 1 || joins)
    throw new Error("the lab's Consul is a cluster of one server: it joins no others, and bootstrap-expect is 1");
  const client = text(
    'client',
    ({ client_addr }) => client_addr,
    machine.env.CONSUL_CLIENT_INTERFACE ? '0.0.0.0' : '127.0.0.1',
  );
  const port = Number(first(flag('http-port'), ({ ports }) => (ports?.http ? String(ports.http) : undefined), '8500'));
  if (!(port >= 1 && port <= 65_535)) throw new Error(`==> ports.http: invalid port ${port}`);
  const meta = Object.fromEntries(
    (flags.get('node-meta') ?? []).map((pair) => [pair.split(':')[0]!, pair.split(':').slice(1).join(':')]),
  );
  return {
    isDev,
    isServer,
    datacenter: text('datacenter', ({ datacenter }) => datacenter, 'dc1').toLowerCase(),
    nodeName: text('node', ({ node_name }) => node_name, machine.hostname),
    address: text('advertise', ({ advertise_addr }) => advertise_addr, isDev ? '127.0.0.1' : '') || null,
    isPrivate: client.split(/[ ,]+/).every((address) => /^127\.|^localhost$|^::1$/.test(address)),
    httpPort: port,
    dataFolder: isDev ? null : text('data-dir', ({ data_dir }) => data_dir, IMAGE_DATA_FOLDER).replace(/\/+$/, ''),
    nodeMeta: Object.fromEntries([
      ...configs.flatMap(({ node_meta }) => Object.entries(node_meta ?? {})),
      ...Object.entries(meta),
    ]),
    clientConnectionsMax: first(
      undefined,
      ({ limits }) => limits?.http_max_conns_per_client || undefined,
      CONNECTIONS_MAX,
    ),
    services: configs
      .flatMap(({ service, services }) => [...(service === null ? [] : [service]), ...(services ?? [])])
      .map(withoutEmpty),
    checks: configs.flatMap(({ check, checks }) => [...(check === null ? [] : [check]), ...(checks ?? [])]),
  };
}

const isTrue = (text: string | undefined) => text === undefined || text === '' || text === 'true' || text === '1';

const withoutEmpty = (definition: ServiceDefinition): ServiceDefinition =>
  definition.Check !== null && isEmptyCheck(definition.Check) ? { ...definition, Check: null } : definition;

/** `-name`, `--name`, `-name=value`, `-name value`; each may come more than once. */
function readFlags(words: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const flags = new Map<string, string[]>();
  for (let i = 0; i < words.length; i++) {
    const match = /^--?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(words[i]!);
    if (match === null) throw new Error(`Unexpected argument: ${words[i]}`);
    const name = match[1]!;
    if (!KNOWN.has(name)) throw new Error(`flag provided but not defined: -${name}`);
    const value = match[2] ?? (WITHOUT_VALUE.has(name) ? '' : words[++i]);
    if (value === undefined) throw new Error(`flag needs an argument: -${name}`);
    flags.set(name, [...(flags.get(name) ?? []), value]);
  }
  return flags;
}

const KNOWN = new Set([
  ...IGNORED,
  ...WITHOUT_VALUE,
  ...JOINS,
  ...'bootstrap-expect client advertise data-dir datacenter node node-id node-meta http-port config-dir config-file'.split(
    ' ',
  ),
]);

/** The files of a folder in order of their names, or one file. */
function configsAt(machine: ServerMachine, path: string): readonly Config[] {
  const { disk } = machine;
  const files = disk.read(path) !== null ? [path] : disk.list(path).filter((file) => /\.(?:json|hcl)$/.test(file));
  return files.map((file) => {
    if (!file.endsWith('.json'))
      throw new Error(`the lab's Consul reads configuration in JSON, and ${file} is not: name it .json and write JSON`);
    return readConfig(file, fromUtf8(disk.read(file)!));
  });
}

function readConfig(name: string, text: string): Config {
  try {
    const raw: Json = parseJson(text);
    return decode(raw, CONFIG, 'Config') as unknown as Config;
  } catch (error) {
    throw new Error(`failed to parse ${name}: ${(error as Error).message}`);
  }
}
