/** `docker compose`: what one does with containers, on the engine's faults and figures. */
import type { ServiceInfo } from '../../../engines/engine.ts';
import { formatClock, formatShare } from '../../session/format.ts';
import type { LogLine } from '../../session/logs.ts';
import { type Replica, replicaIndex, serviceOf } from '../../session/replicas.ts';
import type { WorkbenchSession } from '../../session/session.ts';
import { type Call, type Command, CommandError } from '../command.ts';
import { durationMs, readOptions } from '../options.ts';
import { publishedPorts } from '../ports.ts';
import { openPrompt, opensPrompt } from '../prompts/index.ts';
import { columns } from '../table.ts';
import { execute } from './execute.ts';

type Sub = (call: Call, argv: readonly string[]) => Promise<number> | number;

export const docker: Command = {
  name: 'docker',
  usage: 'docker compose ps | logs | kill | restart | pause | unpause | stop | start | up --scale | exec | top',
  run(call) {
    // Containers are named as replicas are, so `docker logs catalog-2` needs no more than `docker compose logs`.
    const argv = call.argv[0] === 'compose' ? call.argv.slice(1) : call.argv;
    let at = 0;
    while (argv[at]?.startsWith('-')) at += ['-f', '-p', '--file', '--project-name'].includes(argv[at]!) ? 2 : 1;
    const name = argv[at];
    if (name === undefined) {
      call.out(call.text.dockerHelp(Object.keys(subs).join(', ')));
      return 0;
    }
    if (name === 'down') throw new CommandError(call.text.noDown);
    if (['build', 'pull', 'create', 'run', 'rm', 'cp', 'attach', 'watch'].includes(name))
      throw new CommandError(call.text.noSub(name));
    const sub = Object.hasOwn(subs, name) ? subs[name] : undefined;
    if (sub === undefined) throw new CommandError(`docker: '${name}' is not a docker command.`);
    return sub(call, argv.slice(at + 1));
  },
  complete(words, session) {
    const rest = words[0] === 'compose' ? words.slice(1) : words;
    if (rest.length === 0) return words.length === 0 ? ['compose', ...Object.keys(subs)] : Object.keys(subs);
    const [sub = ''] = rest;
    const last = rest.at(-1);
    if (sub === 'exec') return completeExec(rest.slice(1), session);
    if (last === '--scale') return names(session).map((name) => `${name}=`);
    const flags: Readonly<Record<string, readonly string[]>> = {
      logs: ['-f', '--tail', '-t', '--since'],
      kill: ['-s'],
      up: ['-d', '--scale'],
      ps: ['-a', '-q'],
    };
    return [...targets(session), ...(flags[sub] ?? [])];
  },
};

const subs: Readonly<Record<string, Sub>> = {
  ps(call, argv) {
    const options = readOptions(argv, { values: ['format', 'filter'], flags: ['a', 'q', 'all', 'quiet', 'services'] });
    const wanted = options.words.flatMap((word) => resolve(call, word).endpoints);
    const found = replicas(call).filter(({ endpoint }) => wanted.length === 0 || wanted.includes(endpoint));
    const shown = found.filter(({ state }) => options.has('a') || options.has('all') || state !== 'exited');
    if (options.has('q') || options.has('quiet')) {
      call.out(shown.map(({ endpoint }) => endpoint).join('\n'));
      return 0;
    }
    const rows = shown.map((replica) => {
      const service = serviceInfo(call, replica.service);
      const ports = publishedPorts(call.session)
        .filter((each) => each.service === replica.service)
        .map(({ host, container }) => `0.0.0.0:${host}->${container}/tcp`);
      const shownPorts = ports.length > 0 ? ports : (service?.ports ?? []).map((port) => `${port}/tcp`);
      return [replica.endpoint, service?.image ?? '', replica.service, statusOf(call, replica), shownPorts.join(', ')];
    });
    call.out(columns(['NAME', 'IMAGE', 'SERVICE', 'STATUS', 'PORTS'], rows));
    return 0;
  },

  async logs(call, argv) {
    const options = readOptions(argv, {
      values: ['n', 'tail', 'since'],
      flags: ['f', 'follow', 't', 'timestamps', 'no-color', 'no-log-prefix'],
      alias: { n: 'tail', f: 'follow', t: 'timestamps' },
    });
    const wanted = new Set(options.words.flatMap((word) => resolve(call, word).endpoints));
    const { run } = call.session;
    const isWanted = (line: LogLine) => wanted.size === 0 || wanted.has(line.endpoint);
    const width = Math.max(0, ...replicas(call).map(({ endpoint }) => endpoint.length));
    const print = (lines: readonly LogLine[]) => {
      if (lines.length === 0) return;
      const prefix = (line: LogLine) => (options.has('no-log-prefix') ? '' : `${line.endpoint.padEnd(width)}  | `);
      const time = (line: LogLine) => (options.has('timestamps') ? `${formatClock(line.atMs)} ` : '');
      call.out(lines.map((line) => `${prefix(line)}${time(line)}${line.text}`).join('\n'));
    };
    const since = options.value('since');
    const fromMs = since === undefined ? 0 : run.record.world.nowMs - durationMs(since, 's');
    const all = run.record.world.logs.lines.filter((line) => isWanted(line) && !(line.atMs < fromMs));
    const tail = options.value('tail');
    const count = tail === undefined || tail === 'all' ? all.length : Number(tail);
    if (!(count >= 0)) throw new CommandError(`invalid argument "${tail}" for --tail`);
    print(count === 0 ? [] : all.slice(-count));
    if (!options.has('follow')) return 0;
    call.streams();
    let seen = run.record.world.logs.lines.at(-1)?.seq ?? 0;
    let end = () => {};
    const ended = new Promise<void>((done) => {
      end = run.version.subscribe(() => {
        if (!run.isLive.value) return done();
        const lines = run.record.world.logs.lines.filter(({ seq }) => seq > seen);
        seen = lines.at(-1)?.seq ?? seen;
        print(lines.filter(isWanted));
      });
    });
    try {
      await call.wait(ended);
    } finally {
      end();
    }
    return 0;
  },

  async kill(call, argv) {
    const options = readOptions(argv, { values: ['s', 'signal'], flags: [], alias: { s: 'signal' } });
    const name = (options.value('signal') ?? 'SIGKILL').toUpperCase();
    const argument = /^\d+$/.test(name) ? (SIGNALS[name] ?? name) : name.startsWith('SIG') ? name : `SIG${name}`;
    return each(call, options.words, async (target) => {
      if (argument === 'SIGKILL') await inject(call, 'kill', target);
      else await control(call, { verb: 'kill', target, argument });
      return `Container ${target}  Killed`;
    });
  },

  restart: (call, argv) =>
    each(call, plain(argv), async (target) => {
      await inject(call, 'restart', target);
      return `Container ${target}  Restarting`;
    }),

  pause: (call, argv) =>
    each(call, plain(argv), async (target) => {
      await inject(call, 'pause', target);
      return `Container ${target}  Paused`;
    }),

  unpause: (call, argv) =>
    each(call, plain(argv), async (target) => {
      const { run } = call.session;
      const faults = [...run.record.world.faults.active.values()].filter(
        ({ fault }) => fault.kind === 'pause' && (fault.service === target || serviceOf(fault.service) === target),
      );
      if (faults.length === 0) throw new CommandError(`Container ${target} is not paused`);
      for (const { id } of faults) await call.wait(run.heal(id));
      return `Container ${target}  Unpaused`;
    }),

  stop: (call, argv) =>
    each(call, plain(argv, ['t', 'timeout']), async (target) => {
      await control(call, { verb: 'stop', target });
      return `Container ${target}  Stopping`;
    }),

  start: (call, argv) =>
    each(call, plain(argv), async (target) => {
      await control(call, { verb: 'start', target });
      return `Container ${target}  Starting`;
    }),

  async up(call, argv) {
    const options = readOptions(argv, { values: ['scale', 't'], flags: ['d', 'detach', 'build', 'wait', 'no-deps'] });
    const scales = options.all('scale');
    for (const scale of scales) await rescale(call, scale);
    const down = replicas(call).filter(
      ({ state, service, endpoint }) =>
        state === 'exited' &&
        (options.words.length === 0 || options.words.some((w) => w === service || w === endpoint)),
    );
    for (const { endpoint } of down) {
      await control(call, { verb: 'start', target: endpoint });
      call.out(`Container ${endpoint}  Starting`);
    }
    if (scales.length === 0 && down.length === 0) call.out(call.text.allUp);
    return 0;
  },

  async scale(call, argv) {
    if (argv.length === 0) throw new CommandError('docker compose scale SERVICE=REPLICAS…');
    for (const scale of argv) await rescale(call, scale);
    return 0;
  },

  async exec(call, argv) {
    const options = readOptions(argv, {
      values: ['index', 'e', 'env', 'u', 'user', 'w', 'workdir'],
      flags: ['T', 'i', 't', 'd', 'no-TTY', 'interactive', 'tty'],
      stopsAtWord: true,
    });
    const [name, ...command] = options.words;
    if (name === undefined || command.length === 0)
      throw new CommandError('docker compose exec SERVICE COMMAND [ARGS…]');
    const target = resolve(call, name);
    const index = Number(options.value('index') ?? (target.isReplica ? replicaIndex(name) : 1));
    if (opensPrompt(command)) return openPrompt(call, target.service, index, command);
    return execute(call, target.service, command, index);
  },

  top: (call, argv) => {
    const wanted = argv.flatMap((word) => resolve(call, word).endpoints);
    const rows = replicas(call)
      .filter(({ endpoint, state }) => state !== 'exited' && (wanted.length === 0 || wanted.includes(endpoint)))
      .map((replica) => [
        replica.endpoint,
        formatShare(replica.cpu),
        String(replica.inFlight),
        String(replica.queued),
        String(replica.connections),
        String(Math.max(0, replica.starts - 1)),
        formatClock(call.session.run.record.world.nowMs - replica.startedMs),
      ]);
    call.out(columns(['CONTAINER', 'CPU', 'IN FLIGHT', 'QUEUED', 'CONNECTIONS', 'RESTARTS', 'UP'], rows));
    return 0;
  },

  stats: (call, argv) =>
    subs.top!(
      call,
      argv.filter((word) => !word.startsWith('-')),
    ),

  port(call, argv) {
    const [name = '', port] = argv;
    const { service } = resolve(call, name);
    const found = publishedPorts(call.session).filter(
      (each) => each.service === service && (port === undefined || String(each.container) === port),
    );
    if (found.length === 0) throw new CommandError(`no port ${port ?? ''} for container ${service}`);
    call.out(found.map(({ host }) => `0.0.0.0:${host}`).join('\n'));
    return 0;
  },

  config(call) {
    const files = call.session.run.runningFiles.value ?? call.session.files.files.value;
    const text = files['compose.yaml'] ?? files['compose.yml'] ?? '';
    if (call.argv.includes('--services')) call.out(names(call.session).join('\n'));
    else call.out(text);
    return 0;
  },

  images(call) {
    const rows = services(call).map(({ name, image }) => {
      const [repository = '', tag = 'latest'] = image.split(':');
      return [name, repository, tag];
    });
    call.out(columns(['CONTAINER', 'REPOSITORY', 'TAG'], rows));
    return 0;
  },
};

const SIGNALS: Readonly<Record<string, string>> = { 1: 'SIGHUP', 2: 'SIGINT', 9: 'SIGKILL', 15: 'SIGTERM' };

/** Runs a command of an image and prints what it says, as it is. */
export function services(call: Call): readonly ServiceInfo[] {
  const topology = call.session.run.topology.value;
  if (topology === null || !call.session.run.isLive.value) throw new CommandError(call.text.notRunning);
  return topology.services;
}

export function names(session: WorkbenchSession): readonly string[] {
  return (session.run.topology.value?.services ?? []).map(({ name }) => name);
}

/** Services, and replicas where there is more than one. */
function targets(session: WorkbenchSession): readonly string[] {
  const { world } = session.run.record;
  return names(session).flatMap((name) => {
    const found = world.replicas.of(name);
    return found.length > 1 ? [name, ...found.map(({ endpoint }) => endpoint)] : [name];
  });
}

/** A service's name or a replica's, as both are said. Throws when there is neither. */
export function resolve(
  call: Call,
  word: string,
): { service: string; endpoints: readonly string[]; isReplica: boolean } {
  const all = services(call);
  const { world } = call.session.run.record;
  if (all.some(({ name }) => name === word)) {
    return { service: word, endpoints: world.replicas.of(word).map(({ endpoint }) => endpoint), isReplica: false };
  }
  const service = serviceOf(word);
  if (all.some(({ name }) => name === service) && world.replicas.all.has(word)) {
    return { service, endpoints: [word], isReplica: true };
  }
  throw new CommandError(`no such service: ${word}\n${call.text.thereAre(all.map(({ name }) => name).join(', '))}`);
}

function serviceInfo(call: Call, name: string): ServiceInfo | undefined {
  return services(call).find((each) => each.name === name);
}

/** Those that are or may come again: what a smaller scale removed is gone. */
function replicas(call: Call): readonly Replica[] {
  return services(call).flatMap(({ name, replicas: count }) =>
    call.session.run.record.world.replicas
      .of(name)
      .filter((replica) => replica.state !== 'exited' || replicaIndex(replica.endpoint) <= count),
  );
}

function statusOf(call: Call, replica: Replica): string {
  const { nowMs } = call.session.run.record.world;
  const since = `${Math.max(0, Math.round((nowMs - replica.sinceMs) / 1000))}s`;
  switch (replica.state) {
    case 'created':
      return 'Created';
    case 'exited':
      return `Exited (${replica.exitCode ?? (replica.signal === 'SIGKILL' ? 137 : 143)}) ${since} ago`;
    case 'starting':
      return `Up ${since} (health: starting)`;
    case 'paused':
      return `Up ${since} (Paused)`;
    case 'running':
      return `Up ${since}`;
    default:
      return `Up ${Math.max(0, Math.round((nowMs - replica.startedMs) / 1000))}s (${replica.state})`;
  }
}

function plain(argv: readonly string[], values: readonly string[] = []): readonly string[] {
  return readOptions(argv, { values, flags: ['f', 'force', 'no-deps'] }).words;
}

/** Once for each service or replica named; all of them when none is. */
async function each(call: Call, words: readonly string[], act: (target: string) => Promise<string>): Promise<number> {
  const wanted = words.length > 0 ? words : services(call).map(({ name }) => name);
  for (const word of wanted) resolve(call, word);
  for (const word of wanted) call.out(await act(word));
  return 0;
}

async function inject(call: Call, kind: 'kill' | 'restart' | 'pause', service: string): Promise<void> {
  if ((await call.wait(call.session.run.inject({ kind, service }))) === null) throw new CommandError(call.text.refused);
}

async function control(call: Call, action: Parameters<WorkbenchSession['run']['control']>[0]): Promise<void> {
  if (!(await call.wait(call.session.run.control(action)))) throw new CommandError(call.text.notRunning);
}

async function rescale(call: Call, scale: string): Promise<void> {
  const [, name = '', count = ''] = /^([\w.-]+)=(\d+)$/.exec(scale) ?? [];
  if (name === '') throw new CommandError(`invalid scale "${scale}": SERVICE=REPLICAS`);
  const { service } = resolve(call, name);
  const wanted = Number(count);
  // Each replica is a process with a memory of its own, in this one tab.
  if (wanted > REPLICAS_MAX) throw new CommandError(call.text.tooMany(REPLICAS_MAX));
  await control(call, { verb: 'scale', target: service, argument: wanted });
  call.out(`Service ${service}  Scaled to ${wanted}`);
}

const REPLICAS_MAX = 20;

function completeExec(words: readonly string[], session: WorkbenchSession): readonly string[] {
  const at = words.findIndex((word) => !word.startsWith('-'));
  if (at < 0) return targets(session);
  const image = session.run.topology.value?.services.find(
    ({ name }) => name === serviceOf(words[at]!) || name === words[at],
  )?.image;
  return words.length === at + 1 ? toolsOf(image ?? '') : [];
}

function toolsOf(image: string): readonly string[] {
  if (/redis/.test(image)) return ['redis-cli'];
  if (/postgres/.test(image)) return ['psql', 'pg_isready'];
  if (/rabbitmq/.test(image)) return ['rabbitmqctl', 'rabbitmqadmin', 'rabbitmq-diagnostics'];
  if (/consul/.test(image)) return ['consul'];
  return /haproxy/.test(image) ? ['haproxy'] : [];
}
