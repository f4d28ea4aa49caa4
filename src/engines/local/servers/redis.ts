/** This machine's redis-server on the replica's own address and in its own folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RealProcess } from '../real-process.ts';
import { findProgram } from './find.ts';
import type { ServerStart } from './index.ts';
import { realPort } from './real-port.ts';
import { runTool } from './run-tool.ts';
import { waitForPort } from './wait-for-port.ts';

const PORT = 6379;

/** Null when it would have to find another container by name, which a foreign process cannot. */
export function startRedis({ container, argv, env, baseEnv, start, onListening }: ServerStart): RealProcess | null {
  const program = findProgram('redis-server');
  const cli = findProgram('redis-cli');
  const { root, host } = container;
  const words = argv
    .slice(1)
    .map((word) => (word.startsWith('/') && existsSync(join(root, word)) ? join(root, word) : word));
  if (
    program === null ||
    cli === null ||
    words.some((word) => /^--(?:replicaof|slaveof|port|bind|cluster)/i.test(word))
  )
    return null;
  const port = realPort(host.real, PORT);
  const options = [
    '--bind',
    host.real,
    '--port',
    String(port),
    '--protected-mode',
    'no',
    '--dir',
    join(root, 'data'),
    '--daemonize',
    'no',
  ];
  const process = start({
    command: program,
    args: [...words, ...options],
    env: { ...baseEnv, ...env },
    cwd: root,
    hasChannel: false,
  });
  waitForPort(
    host.real,
    port,
    () => container.main !== process,
    () => onListening(PORT, port),
  );
  container.tool = ([name = '', ...args], onDone) => {
    if (name !== 'redis-cli') {
      onDone({ exitCode: 127, stdout: '', stderr: `${name}: not found\n` });
      return;
    }
    const at = ['-h', host.real, '-p', String(port)];
    runTool(cli, [...at, ...args], baseEnv, (result) => {
      if (result.exitCode !== 0) onDone(result);
      else onDone({ ...result, value: typed(result.stdout) });
    });
  };
  return process;
}

/** What redis-cli prints to a pipe has no types: whole numbers are numbers, several lines a list, nothing is null. */
function typed(stdout: string): unknown {
  const lines = stdout.replace(/\n$/, '').split('\n');
  if (lines.length > 1) return lines;
  const [line = ''] = lines;
  if (line === '') return null;
  return /^-?\d{1,15}$/.test(line) ? Number(line) : line;
}
