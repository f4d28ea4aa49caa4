import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import type { Programs } from './process/process.ts';
import { projectOf, TestLab, testPrograms } from './test-lab.ts';

let programs: Programs;
beforeAll(async () => {
  programs = await testPrograms();
}, 60_000);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function usedBytes(): number {
  // The first collection lets finalizers run, the second takes what they let go.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const BACK = `
import { createServer } from 'node:http';
createServer((request, response) => {
  console.log(request.method, request.url);
  response.end(JSON.stringify({ path: request.url, at: Date.now() }));
}).listen(8080);`;

const GATEWAY = `
import express from 'express';
const app = express();
app.get('/:id', async (request, response) => {
  const reply = await fetch('http://back:8080/' + request.params.id, { signal: AbortSignal.timeout(1000) });
  response.json(await reply.json());
});
app.listen(8080);`;

/** The trace goes to whoever subscribes and is not kept: as in the worker, where it leaves for the page. */
test('memory stays flat over ten virtual minutes at 200 requests per second', { timeout: 120_000 }, () => {
  const files = projectOf({ gateway: { main: GATEWAY }, back: { main: BACK } });
  const lab = new TestLab(files, 1, programs);
  const { scheduler } = lab.lab;
  const run = (minutes: number) => {
    const untilUs = scheduler.nowUs + minutes * 60e6;
    while (scheduler.nowUs < untilUs) {
      scheduler.runUntil(Math.min(untilUs, scheduler.nowUs + 1e6));
      lab.events.length = 0;
    }
  };
  run(0.1);
  // {n} makes every address another, as users with their own pages would.
  lab.lab.startLoad({ url: 'http://gateway:8080/{n}', ratePerSecond: 200 });
  run(1);
  const atStart = usedBytes();
  run(4.5);
  const inTheMiddle = usedBytes();
  run(4.5);
  const atEnd = usedBytes();
  const megabytes = (bytes: number) => bytes / 2 ** 20;
  expect(megabytes(inTheMiddle - atStart), 'MiB more after half').toBeLessThan(8);
  expect(megabytes(atEnd - inTheMiddle), 'MiB more in the second half').toBeLessThan(2);
});
