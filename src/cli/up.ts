/**
 * `loadbearing up <sandbox|folder>`: the compose file as real processes on loopback, with published ports, logs, and a
 * table of what runs. Ctrl-C stops everything that it started, in order, and nothing else.
 */

import type net from 'node:net';
import { readTextFiles } from '../catalog/folder.ts';
import { residentBytes } from '../engines/local/local-condition.ts';
import { LocalSystem, LocalWorld } from '../engines/local/local-system.ts';
import type { ComposeProject } from '../lab/compose/index.ts';
import type { Problem } from '../lab/core/problem.ts';
import { readProject } from '../lab/index.ts';
import { readArgs } from './args.ts';
import { CliError, EXIT } from './failure.ts';
import { folderOf } from './named-folder.ts';
import { ownerOf } from './port-owner.ts';
import { Screen } from './screen.ts';
import { table } from './table.ts';
import { UP_USAGE } from './usage.ts';

const HOST = '127.0.0.1';

export async function up(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = readArgs(args, { servers: { type: 'string', default: 'real' } }, UP_USAGE);
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0)
    throw new CliError(EXIT.usage, 'Name one sandbox or folder.', `usage: ${UP_USAGE}`);
  const { servers } = values;
  if (servers !== 'real' && servers !== 'lab')
    throw new CliError(EXIT.usage, `--servers takes real or lab; found "${servers}".`, `usage: ${UP_USAGE}`);
  const project = read(folderOf(name));
  // Before anything is started: nothing would be worse than to find out at the end.
  await mustBeFree(project);

  const world = new LocalWorld(1);
  const published: net.Server[] = [];
  let local: LocalSystem | null = null;
  const screen = new Screen(() => (local === null ? [] : lines(local, project)));
  const width = Math.max(...project.services.map((service) => `${service.name}-${service.replicas}`.length));
  world.trace.subscribe((event) => {
    if (event.kind === 'log') screen.line(`${event.endpoint.padEnd(width)} | ${event.text}`);
    else if (event.kind === 'process' && event.state !== 'created') {
      const { endpoint, state, exitCode, signal: by, reason } = event;
      const how = state !== 'exited' ? '' : by ? `, ${by}` : ` with code ${exitCode}`;
      screen.line(`${endpoint.padEnd(width)} * ${state}${how}${reason ? `: ${reason}` : ''}`);
    }
  });
  try {
    const opened = await LocalSystem.open(world, project, {
      seed: 1,
      servers,
      onNotice: (text) => screen.line(`* ${text}`),
    });
    local = opened;
    for (const { name: service, ports } of project.services) {
      for (const { published: port, target } of ports) {
        const server = await opened.network.publish(HOST, port ?? 0, () => opened.replicaOf(service, target));
        published.push(server);
        screen.line(`* ${service}: http://${HOST}:${(server.address() as net.AddressInfo).port}`);
      }
    }
    const problem = await Promise.race([
      new Promise<Problem | null>((resolve) => opened.system.up(resolve)),
      aborted(signal).then(() => 'stop' as const),
    ]);
    if (problem !== null && problem !== 'stop') {
      screen.close();
      throw new CliError(EXIT.start, place(problem), problem.hint);
    }
    if (problem === null) screen.line('* all services are ready; Ctrl-C stops them');
    await aborted(signal);
    screen.line('* stopping');
    await opened.down();
    return EXIT.interrupted;
  } finally {
    screen.close();
    for (const server of published) server.close();
    await local?.dispose();
    world.scheduler.stop();
  }
}

function read(folder: string): ComposeProject {
  const result = readProject(readTextFiles(folder));
  if (result.ok) {
    for (const warning of result.warnings) console.error(`warning: ${place(warning)}`);
    return result.project;
  }
  const [first, ...more] = result.problems;
  throw new CliError(
    EXIT.project,
    [first!, ...more].map((problem) => `${place(problem)}${problem.hint ? `\n  ${problem.hint}` : ''}`).join('\n'),
  );
}

function place({ message, file, line, column }: Problem): string {
  const where = [file, line, column].filter((part) => part !== undefined).join(':');
  return where === '' ? message : `${where}: ${message}`;
}

async function mustBeFree(project: ComposeProject): Promise<void> {
  const { createServer } = await import('node:net');
  for (const { name, ports } of project.services) {
    for (const { published } of ports) {
      if (published === null) continue;
      const code = await new Promise<string | null>((resolve) => {
        const server = createServer();
        server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EADDRINUSE'));
        server.listen(published, HOST, () => server.close(() => resolve(null)));
      });
      if (code === null) continue;
      const owner = code === 'EADDRINUSE' ? ownerOf(published) : null;
      const by = owner === null ? '' : ` by process ${owner.pid} (${owner.command})`;
      throw new CliError(
        EXIT.start,
        code === 'EADDRINUSE'
          ? `Port ${published}, which ${name} publishes, is taken${by}.`
          : `Port ${published}, which ${name} publishes, cannot be opened: ${code}.`,
        owner === null
          ? 'Change `ports:` in the compose file.'
          : `End that process, or change \`ports:\` of ${name} in the compose file.`,
      );
    }
  }
}

function lines({ machine, system }: LocalSystem, project: ComposeProject): readonly string[] {
  const rows = system.supervisor.replicas.map(({ endpoint, state, service }) => {
    const container = machine.containers.get(endpoint);
    const main = container?.main ?? null;
    const ports = service.ports.map(({ published }) => published).filter((port) => port !== null);
    return [
      endpoint,
      state,
      main === null ? '' : String(main.pid),
      main === null ? '' : `${Math.round(residentBytes(main.pid) / 1048576)} MiB`,
      main === null ? '' : `${(main.cpuUsedUs / 1e6).toFixed(1)} s`,
      String(container?.host.openConnections ?? 0),
      ports.map((port) => `${HOST}:${port}`).join(' '),
    ];
  });
  return ['', ...table([project.name, 'state', 'pid', 'memory', 'CPU', 'connections', 'published'], rows).split('\n')];
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
