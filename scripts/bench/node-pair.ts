/** Requests per CPU-second of the pair on real Node processes, driven by autocannon over loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import autocannon from 'autocannon';

const folder = join(import.meta.dirname, 'pair');

/** Runs for `seconds` after a warm-up. CPU of the two services only; autocannon's own is not counted. */
export async function measureNodePair(
  seconds: number,
): Promise<{ requestsPerCpuSecond: number; requestsPerSecond: number }> {
  const [gatewayPort, backendPort] = [await freePort(), await freePort()];
  const backend = await startService('backend', { PORT: String(backendPort) });
  const gateway = await startService('gateway', {
    PORT: String(gatewayPort),
    BACKEND_HOST: '127.0.0.1',
    BACKEND_PORT: String(backendPort),
  });
  try {
    const load = (duration: number) =>
      autocannon({ url: `http://127.0.0.1:${gatewayPort}/items/1`, connections: 32, duration });
    await load(2);
    const before = cpuSeconds(gateway) + cpuSeconds(backend);
    const result = await load(seconds);
    const cpu = cpuSeconds(gateway) + cpuSeconds(backend) - before;
    if (result.non2xx > 0 || result.errors > 0)
      throw new Error(`Real Node answered ${result.non2xx} requests with an error.`);
    return {
      requestsPerCpuSecond: result.requests.total / cpu,
      requestsPerSecond: result.requests.total / result.duration,
    };
  } finally {
    for (const child of [gateway, backend]) {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    }
  }
}

function startService(name: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: join(folder, name),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it listened.`)));
    child.stdout.once('data', () => {
      child.removeAllListeners('exit');
      resolve(child);
    });
  });
}

/** User and system time of a process so far. Linux only: /proc counts in hundredths of a second. */
function cpuSeconds(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
