/**
 * A private node of the real server, for comparisons: own folders, ports, cookie, epmd. Null where rabbitmq-server is not
 * installed. `stop` ends the node and the epmd that it started.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, isInstalled, REAL_SERVERS, type RealServer } from '../test-servers.ts';

const START_MS_MAX = 60_000;

export interface RealNode extends RealServer {
  readonly managementPort: number;
}

export interface RealOptions {
  /** Its HTTP API too, which takes the start a second longer. */
  readonly hasManagement?: boolean;
  /** Lines of rabbitmq.conf. */
  readonly config?: readonly string[];
}

export async function startReal(options: RealOptions = {}): Promise<RealNode | null> {
  if (!isInstalled('rabbitmq')) return null;
  const folder = mkdtempSync(join(tmpdir(), 'rabbitmq-'));
  const [port, managementPort, distPort, epmdPort] = await freePorts(4);
  const at = (name: string) => join(folder, name);
  writeFileSync(at('enabled_plugins'), options.hasManagement ? '[rabbitmq_management].' : '[].');
  writeFileSync(at('.erlang.cookie'), 'CONFORMANCE', { mode: 0o400 });
  const config = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    `management.tcp.port = ${managementPort}`,
    'management.tcp.ip = 127.0.0.1',
    'log.console = true',
    'log.file = false',
    ...(options.config ?? []),
  ].filter((line) => options.hasManagement || !line.startsWith('management'));
  writeFileSync(at('rabbitmq.conf'), `${config.join('\n')}\n`);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_NODENAME: `lab${port}@localhost`,
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_MNESIA_BASE: at('mnesia'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_PID_FILE: at('pid'),
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
  };
  // In the foreground, so that it can be ended by its process; the server would start one that outlives it.
  const epmd = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { env, stdio: 'ignore' });
  const epmdExited = new Promise<void>((resolve) => {
    epmd.once('exit', () => resolve());
    epmd.once('error', () => resolve());
  });
  const child = spawn(REAL_SERVERS.rabbitmq.program, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    // The script runs Erlang as its child: both are in the group that this test made.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
    await exited;
    epmd.kill('SIGKILL');
    await epmdExited;
    rmSync(folder, { recursive: true, force: true });
  };
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, START_MS_MAX);
    const onData = (chunk: Buffer) => {
      output += chunk;
      if (!output.includes('Server startup complete')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    void exited.then(() => resolve());
  });
  if (output.includes('Server startup complete')) return { port: port!, managementPort: managementPort!, stop };
  await stop();
  throw new Error(`rabbitmq-server did not start:\n${output.slice(-2000)}`);
}
