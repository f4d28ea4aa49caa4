/** The servers' own commands, run in their container: `redis-cli GET x` is `docker compose exec cache redis-cli GET x`. */
import { imageName } from '../../session/servers.ts';
import type { WorkbenchSession } from '../../session/session.ts';
import { type Call, type Command, CommandError } from '../command.ts';
import { openPrompt, opensPrompt, REDIS_COMMANDS } from '../prompts/index.ts';
import { services } from './docker.ts';
import { execute } from './execute.ts';

interface Tool {
  readonly name: string;
  /** The image that it is part of. */
  readonly kind: string;
  readonly usage: string;
  /** Without any there is nothing to do; or a prompt opens. */
  readonly needsArguments: boolean;
  complete?(words: readonly string[]): readonly string[];
}

const tools: readonly Tool[] = [
  {
    name: 'redis-cli',
    kind: 'redis',
    usage: 'redis-cli [-h service] [COMMAND [ARGS…]]',
    needsArguments: true,
    complete: (words) =>
      words.some((word) => !word.startsWith('-')) ? [] : [...REDIS_COMMANDS, '--no-raw', '-n', '-h'],
  },
  {
    name: 'psql',
    kind: 'postgres',
    usage: "psql [-h service] [-c 'SELECT …']",
    needsArguments: true,
    complete: (words) =>
      words.at(-1) === '-c'
        ? ['\\dt', '\\d', '\\di', '\\l', 'SELECT * FROM pg_stat_activity', 'SELECT * FROM pg_locks']
        : ['-c', '-h', '-U', '-d', '-t', '-A', '--csv'],
  },
  { name: 'pg_isready', kind: 'postgres', usage: 'pg_isready [-h service]', needsArguments: false },
  {
    name: 'rabbitmqctl',
    kind: 'rabbitmq',
    usage: 'rabbitmqctl [-h service] list_queues | list_consumers | list_connections | …',
    needsArguments: true,
    complete: (words) => {
      if (words.includes('list_queues'))
        return ['name', 'messages', 'messages_ready', 'messages_unacknowledged', 'consumers', 'type', 'state', '-q'];
      return [
        ...['list_queues', 'list_consumers', 'list_exchanges', 'list_bindings', 'list_connections', 'list_channels'],
        ...['list_users', 'list_vhosts', 'status', 'purge_queue', 'delete_queue', 'close_all_connections'],
      ];
    },
  },
  {
    name: 'rabbitmqadmin',
    kind: 'rabbitmq',
    usage: 'rabbitmqadmin list queues | get queue=… | publish routing_key=… payload=…',
    needsArguments: true,
    complete: (words) =>
      words.length === 0 ? ['list', 'get', 'publish'] : words[0] === 'list' ? ['queues', 'exchanges', 'bindings'] : [],
  },
  {
    name: 'consul',
    kind: 'consul',
    usage: 'consul members | catalog services | kv get KEY | …',
    needsArguments: true,
    complete: (words) => (words.length === 0 ? ['members', 'catalog', 'kv', 'info'] : []),
  },
  {
    name: 'haproxy',
    kind: 'haproxy',
    usage: 'haproxy show stat',
    needsArguments: false,
    complete: (words) => (words[0] === 'show' ? ['stat'] : ['show', '-v', '-c']),
  },
];

export const serverCommands: readonly Command[] = tools.map((tool) => ({
  name: tool.name,
  usage: tool.usage,
  run(call) {
    const { service, argv } = target(call, tool);
    const words = [tool.name, ...argv];
    if (opensPrompt(words)) return openPrompt(call, service, 1, words);
    const isBare = argv.every((word) => word.startsWith('-'));
    if (tool.needsArguments && isBare && !/^-[cvl]/.test(argv[0] ?? ''))
      throw new CommandError(`${call.text.usage}: ${tool.usage}`, 2);
    return execute(call, service, words);
  },
  complete(words, session) {
    if (words.at(-1) === '-h') return hostsOf(session, tool.kind);
    return tool.complete?.(words) ?? [];
  },
}));

function hostsOf(session: WorkbenchSession, image: string): readonly string[] {
  return (session.run.topology.value?.services ?? [])
    .filter((service) => imageName(service.image) === image)
    .map(({ name }) => name);
}

/** Which server is meant: the one named by `-h`, else the only one there is. */
function target(call: Call, tool: Tool): { service: string; argv: readonly string[] } {
  services(call);
  const hosts = hostsOf(call.session, tool.kind);
  if (hosts.length === 0) throw new CommandError(call.text.noServer(tool.name, tool.kind), 127);
  const argv = [...call.argv];
  const at = argv.findIndex((word) => word === '-h' || word === '--host' || word.startsWith('--host='));
  if (at >= 0) {
    const host = argv[at]!.includes('=') ? argv[at]!.split('=')[1]! : (argv[at + 1] ?? '');
    if (hosts.includes(host)) {
      argv.splice(at, argv[at]!.includes('=') ? 1 : 2);
      return { service: host, argv };
    }
    if (host !== 'localhost' && host !== '127.0.0.1')
      throw new CommandError(call.text.whichServer(tool.name, hosts.join(', ')));
  }
  if (hosts.length > 1) throw new CommandError(call.text.whichServer(tool.name, hosts.join(', ')));
  return { service: hosts[0]!, argv };
}
