/**
 * A conformance program in the lab: a Node process with unmodified npm packages on one host, the image on another, as a
 * compose file starts them. What it logs is compared with what the same program logs on real Node and the real server.
 */
import { bundlePrograms } from '../../catalog/bundle.ts';
import { linesOf } from '../packages-test/test-same.ts';
import { hardenIntrinsics } from '../process/intrinsics.ts';
import { projectOf, TestLab } from '../test-lab.ts';
import type { ServerName } from './index.ts';

export interface InLab {
  /** Lines that began with `@`, by their first word. */
  readonly seen: Readonly<Record<string, readonly string[]>>;
  readonly stderr: string;
}

export interface InLabOptions {
  readonly image: Exclude<ServerName, 'haproxy'>;
  readonly source: string;
  /** Options of the server, as after `command:`. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of the program, beside HOST and PORT. */
  readonly programEnv?: Readonly<Record<string, string>>;
  readonly port: number;
}

const READY: Readonly<Record<Exclude<ServerName, 'haproxy'>, readonly string[]>> = {
  redis: ['redis-cli', 'ping'],
  postgres: ['pg_isready', '-U', 'postgres'],
  rabbitmq: ['rabbitmq-diagnostics', '-q', 'check_port_connectivity'],
  consul: ['consul', 'members'],
};

const VIRTUAL_MS_MAX = 300_000;

/** @param options.source an ES module whose `// packages:` line names what it imports from npm */
export async function seenInLab({
  image,
  source,
  command = [],
  env = {},
  programEnv = {},
  port,
}: InLabOptions): Promise<InLab> {
  const packages = /^\/\/ packages: (.+)$/m.exec(source)?.[1]?.split(/[ ,]+/) ?? [];
  const dependencies = Object.fromEntries(packages.map((name) => [name, '*']));
  const programs = await bundlePrograms(dependencies, process.cwd(), [image]);
  hardenIntrinsics();
  const files = projectOf({
    program: {
      main: source,
      compose: `    environment: ${JSON.stringify({ HOST: 'server', PORT: String(port), ...programEnv })}\n    depends_on: { server: { condition: service_healthy } }\n`,
    },
  });
  files['program/package.json'] = JSON.stringify({ name: 'program', type: 'module', dependencies });
  const argv = command.length === 0 ? '' : `    command: ${JSON.stringify(command)}\n`;
  files['compose.yaml'] += `  server:\n    image: ${image}\n    environment: ${JSON.stringify(env)}\n${argv}`;
  files['compose.yaml'] +=
    `    healthcheck: { test: ${JSON.stringify(['CMD', ...READY[image]])}, interval: 200ms, retries: 100 }\n`;
  const lab = new TestLab(files, 1, programs);
  const ended = () => lab.exits('program-1').length > 0;
  const step = 100;
  for (let at = 0; at < VIRTUAL_MS_MAX && !ended() && lab.lab.ended === null; at += step) lab.run(step);
  const errors: string[] = lab.problems.map(({ message }) => message);
  for (const event of lab.events)
    if (event.kind === 'log' && event.endpoint === 'program-1' && event.stream === 'stderr') errors.push(event.text);
  if (!ended()) errors.push('The program did not end.');
  return { seen: linesOf(lab.logs('program-1')), stderr: errors.join('\n') };
}
