/** How smoothly the workbench draws: its main thread while a system runs under load with picture, charts and logs in view. */
import type { Browser, CDPSession } from 'playwright-core';

export interface Frames {
  readonly framesPerSecond: number;
  /** Of the longest task of the main thread in each frame, the 95th percentile. */
  readonly taskMsP95: number;
  /** The longest of all. */
  readonly taskMsMax: number;
}

const WARM_UP_MS = 5_000;
const MEASURED_MS = 10_000;

/** @param url a page of the workbench whose system has a gateway; @param rate requests per virtual second, at 1× */
export async function measureFrames(browser: Browser, url: string, rate: number): Promise<Frames> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  const workbench = page.getByRole('region', { name: /^Workbench:/ });
  const tab = (name: RegExp) => workbench.getByRole('tab', { name }).click();
  await workbench.getByRole('button', { name: 'Run', exact: true }).click();
  await workbench.getByRole('button', { name: /^gateway.*gateway-1 healthy/ }).waitFor();
  await tab(/^Load/);
  const slider = workbench.getByRole('slider', { name: 'Rate' });
  for (let presses = 0; !(await slider.getAttribute('aria-valuetext'))?.startsWith(`${rate} `); presses++) {
    if (presses > 30) throw new Error(`The load panel has no rate of ${rate}/s.`);
    const shown = Number.parseInt((await slider.getAttribute('aria-valuetext')) ?? '', 10);
    await slider.press(shown < rate ? 'ArrowRight' : 'ArrowLeft');
  }
  await tab(/^Logs/);
  await workbench.getByText(`${rate}/s`).first().waitFor();
  await page.waitForTimeout(WARM_UP_MS);

  const session = await browser.newBrowserCDPSession();
  const frames = await trace(session, () => page.evaluate(countFrames, MEASURED_MS));
  await context.close();
  return frames;
}

/** Frames per second, drawn by the page in `ms`. Runs in the page. */
function countFrames(ms: number): Promise<number> {
  return new Promise((resolve) => {
    const from = performance.now();
    let frames = 0;
    const frame = (now: number) => {
      performance.mark('loadbearing-frame');
      frames++;
      if (now - from < ms) requestAnimationFrame(frame);
      else resolve((frames * 1000) / (now - from));
    };
    requestAnimationFrame(frame);
  });
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** µs */
  readonly ts: number;
  readonly dur?: number;
}

async function trace(session: CDPSession, run: () => Promise<number>): Promise<Frames> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'blink.user_timing'] },
  });
  const framesPerSecond = await run();
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.end');
  await complete;
  const marks = events.filter(({ name }) => name === 'loadbearing-frame').sort((a, b) => a.ts - b.ts);
  const [first] = marks;
  if (first === undefined) throw new Error('The browser recorded no frame.');
  const tasks = events.filter(
    ({ name, pid, tid, dur }) => name === 'RunTask' && pid === first.pid && tid === first.tid && dur !== undefined,
  );
  if (tasks.length === 0) throw new Error('The browser recorded no task.');
  const longest = marks.slice(1).map((mark, index) => {
    const from = marks[index]!.ts;
    return tasks.reduce((max, { ts, dur }) => (ts >= from && ts < mark.ts ? Math.max(max, dur! / 1000) : max), 0);
  });
  longest.sort((a, b) => a - b);
  return {
    framesPerSecond,
    taskMsP95: longest[Math.floor(longest.length * 0.95)]!,
    taskMsMax: longest.at(-1)!,
  };
}
