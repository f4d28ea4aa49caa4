/**
 * Databases, caches, brokers and load balancers of a project: the real server where it is installed and can do what the
 * container asks for, otherwise the lab's own image over real TCP; which of the two is said when it starts.
 *
 * - find.ts        what is installed
 * - redis.ts, postgres.ts   the real ones: how they are started, and their commands
 * - lab-image.ts   the lab's image in a process of its own (image-program.ts)
 *
 * RabbitMQ and HAProxy are always the lab's: HAProxy asks a DNS server for names, which only the preload can answer,
 * and RabbitMQ's Erlang node needs a port mapper that outlives its run.
 */
import type { ServerName } from '../../../lab/images/index.ts';
import type { ToolResult } from '../../../lab/images/server.ts';
import type { FromGuest } from '../guest/channel.ts';
import type { LocalContainer } from '../local-machine.ts';
import type { Platform } from '../platform.ts';
import type { ProcessSpec, RealProcess } from '../real-process.ts';
import { isInstalled } from './find.ts';
import { startLabImage } from './lab-image.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

/** `lab`: always the lab's images, as for a comparison with the lab. */
export type ServerChoice = 'real' | 'lab';

export type ToolRunner = (argv: readonly string[], onDone: (result: ToolResult | null) => void) => void;

export interface ServerStart {
  readonly container: LocalContainer;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly baseEnv: Readonly<Record<string, string>>;
  readonly guestEnv: Readonly<Record<string, string>>;
  readonly platform: Platform;
  onNotice(text: string): void;
  start(spec: ProcessSpec & { onMessage?(message: FromGuest): void }): RealProcess;
  /** It can be connected to. */
  onListening(port: number, realPort: number): void;
}

type Start = (start: ServerStart) => RealProcess | null;

const REAL: Partial<Readonly<Record<ServerName, Start>>> = { redis: startRedis, postgres: startPostgres };

export function startServer(choice: ServerChoice, start: ServerStart): RealProcess {
  const name = start.container.spec.service.server!.program;
  const { endpoint } = start.container.spec;
  const real = choice === 'real' ? REAL[name] : undefined;
  if (real !== undefined && isInstalled(name)) {
    const started = real(start);
    if (started !== null) {
      start.onNotice(`${endpoint}: ${name} of this machine`);
      return started;
    }
    start.onNotice(
      `${endpoint}: the ${name} of this machine cannot do what it is to do here; the lab's own runs instead`,
    );
  } else if (real !== undefined) {
    start.onNotice(`${endpoint}: ${name} is not installed on this machine; the lab's own runs instead`);
  } else start.onNotice(`${endpoint}: the lab's own ${name}`);
  return startLabImage(name, start);
}
