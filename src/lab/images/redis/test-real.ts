/** A private redis-server for comparisons, in a folder and on a port of its own. Null where none is installed. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isInstalled, REAL_SERVERS, type RealServer } from '../test-servers.ts';

const START_MS_MAX = 10_000;

export async function startReal(options: readonly string[] = []): Promise<RealServer | null> {
  if (!isInstalled('redis')) return null;
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...options];
  const child = spawn(REAL_SERVERS.redis.program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('redis-server did not start')), START_MS_MAX);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.includes('Ready to accept connections')) resolve();
  });
  void exited.then(() => reject(new Error(`redis-server ended:\n${output}`)));
  try {
    await promise;
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { port, stop };
}
