/**
 * The lab in Node, measured in a process of its own so that nothing else's memory or compiled code plays in:
 * `node scripts/bench/lab-in-node.ts shop|pair|scale <services> <requests/s>`, one JSON object on stdout.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFiles } from '../../src/catalog/folder.ts';
import type { Manifest } from '../../src/catalog/public.ts';
import { useNodeScripts } from '../../src/cli/node-scripts.ts';
import { createLab, type Lab } from '../../src/lab/index.ts';
import { root } from '../build.ts';
import { scaleProject } from './scale.ts';

useNodeScripts();
const folder = join(root, 'public/_lab');
const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
const text = (file: string) => readFileSync(join(folder, file), 'utf8');
const programs = { builtins: text(manifest.builtins), packages: text(manifest.sandboxes.shop!.packages) };

const [what, ...rest] = process.argv.slice(2);
console.log(
  JSON.stringify(what === 'shop' ? shop() : what === 'scale' ? scale(Number(rest[0]), Number(rest[1])) : pair()),
);

/** Virtual seconds per real second for shop at 200 requests/s for 60 s. */
function shop(): { virtualPerReal: number; requests: number } {
  const lab = start(readTextFiles(join(root, 'sandboxes/shop')));
  const requests = countReplies(lab);
  lab.startLoad({ url: 'http://gateway:8080/products', ratePerSecond: 200 });
  const startMs = performance.now();
  lab.scheduler.runUntil(lab.scheduler.nowUs + 60_000_000);
  const seconds = (performance.now() - startMs) / 1000;
  return { virtualPerReal: 60 / seconds, requests: requests.ok };
}

/** Requests per CPU-second of the pair. The CPU is the whole process's: services, network and load generator. */
function pair(): { requestsPerCpuSecond: number; requests: number } {
  const lab = start(readTextFiles(join(import.meta.dirname, 'pair')));
  const requests = countReplies(lab);
  lab.startLoad({ url: 'http://gateway:8080/items/1', ratePerSecond: 1000 });
  // As many requests to get warm as autocannon sends before real Node is measured.
  lab.scheduler.runUntil(lab.scheduler.nowUs + 20_000_000);
  const before = requests.ok;
  const startCpu = process.cpuUsage();
  lab.scheduler.runUntil(lab.scheduler.nowUs + 30_000_000);
  const { user, system } = process.cpuUsage(startCpu);
  const count = requests.ok - before;
  return { requestsPerCpuSecond: count / ((user + system) / 1e6), requests: count };
}

/** Boot in real ms, and virtual seconds per real second once 2,000 requests have warmed it up. */
function scale(services: number, ratePerSecond: number): { bootMs: number; virtualPerReal: number; requests: number } {
  const bootedAt = performance.now();
  const lab = start(scaleProject(services));
  const bootMs = performance.now() - bootedAt;
  const requests = countReplies(lab);
  lab.startLoad({ url: 'http://gateway:8080/', ratePerSecond });
  const run = (seconds: number) => lab.scheduler.runUntil(lab.scheduler.nowUs + seconds * 1e6);
  run(2000 / ratePerSecond);
  const before = requests.ok;
  const seconds = 6000 / ratePerSecond;
  const startMs = performance.now();
  run(seconds);
  const virtualPerReal = (seconds * 1000) / (performance.now() - startMs);
  return { bootMs, virtualPerReal, requests: requests.ok - before };
}

function start(files: Record<string, string>): Lab {
  const created = createLab({ files, seed: 1, programs, realNowMs: () => performance.now() });
  if (!created.ok) throw new Error(created.problems.map(({ message }) => message).join('\n'));
  const { lab } = created;
  lab.boot();
  lab.scheduler.runUntil(20_000_000);
  return lab;
}

/** Replies to requests from outside. */
function countReplies(lab: Lab): { ok: number } {
  const counts = { ok: 0 };
  const roots = new Set<number>();
  lab.trace.subscribe((event) => {
    if (event.kind === 'request' && event.cause === 0 && event.from === 'client') roots.add(event.id);
    if (event.kind === 'response' && roots.delete(event.id) && event.status === 200) counts.ok++;
  });
  return counts;
}
