/** Every way in which there is no container, or no longer one: the learner gets the reason, in time. */
import { describe, expect, test, vi } from 'vitest';
import type { Project, SessionUpdate } from '../engine.ts';
import { FIRST_WORD_MS_MAX } from './bridge-host.ts';
import type { Clock } from './clock.ts';
import type { ContainerFailure } from './failure.ts';
import { BOOT_MS_MAX, MOUNT_MS_MAX } from './keeper.ts';
import type { FileTree, Runtime } from './runtime.ts';
import { type TestContainer, TestRuntime } from './test-container.ts';
import { testEngine } from './test-engine.ts';
import { WebContainerEngine, type WebContainerOptions } from './webcontainer-engine.ts';
import { SILENCE_MS_MAX } from './words.ts';

/** Time that passes when it is told to. */
class TestClock implements Clock {
  private nowMs = 0;
  private readonly waiting = new Set<{ readonly atMs: number; readonly run: () => void }>();

  after(ms: number, run: () => void): () => void {
    const each = { atMs: this.nowMs + ms, run };
    this.waiting.add(each);
    return () => void this.waiting.delete(each);
  }

  async pass(ms: number): Promise<void> {
    // What has been promised happens first.
    await settle();
    this.nowMs += ms;
    for (const each of [...this.waiting]) {
      if (each.atMs > this.nowMs) continue;
      this.waiting.delete(each);
      each.run();
    }
    await settle();
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const project: Project = {
  id: 'one',
  packagesUrl: '',
  files: {
    'compose.yaml': 'services:\n  web:\n    build: ./web\n',
    'web/Dockerfile': 'FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "main.ts"]\n',
    'web/main.ts':
      "import { createServer } from 'node:http';\ncreateServer((_, response) => response.end('ok')).listen(8080);\n",
  },
};
const options = { seed: 1, speed: 1 };

function treeOf(bridge: string): FileTree {
  return { loadbearing: { directory: { 'bridge.mjs': { file: { contents: bridge } } } } };
}

/** An engine on `runtime`; the bridge that it mounts is the text. */
function engineOn(runtime: Runtime, bridge = '', more: Partial<WebContainerOptions> = {}) {
  const clock = new TestClock();
  const load = vi.fn(async () => runtime);
  const tree = async ({ id }: Project) => ({ key: id, load: async () => treeOf(bridge) });
  const engine = new WebContainerEngine({ load, tree, isIsolated: () => true, clock, ...more });
  const boot = (id = 'one') =>
    engine.boot({ ...project, id }, options).then(
      () => null,
      ({ code, detail }: ContainerFailure) => ({ code, detail }),
    );
  return { engine, clock, load, boot };
}

const never = new Promise<never>(() => {});
/** A container in which nothing happens. */
function quiet(): TestContainer {
  return {
    fs: { mkdir: async () => '', writeFile: async () => {}, rename: async () => {}, rm: async () => {} },
    mount: async () => {},
    spawn: async () => ({
      exit: never,
      input: new WritableStream(),
      output: new ReadableStream({ start: (controller) => controller.enqueue('\u001b[33mwarming up\u001b[0m\r\n') }),
      kill: () => {},
    }),
    on: () => () => {},
    teardown: vi.fn(),
  } as unknown as TestContainer;
}

describe('before it runs', () => {
  test('a page that is not cross-origin isolated is told so at once, and nothing is fetched', async () => {
    const { boot, load } = engineOn({ boot: () => never }, '', { isIsolated: () => false });
    expect(await boot()).toEqual({ code: 'not-isolated', detail: '' });
    expect(load).not.toHaveBeenCalled();
  });

  test('a boot that never settles is given up in time; the next try waits for the same one', async () => {
    const late = Promise.withResolvers<TestContainer>();
    const start = vi.fn(() => late.promise);
    const { boot, clock } = engineOn({ boot: start });
    const first = boot();
    await clock.pass(BOOT_MS_MAX);
    expect(await first).toEqual({ code: 'no-answer', detail: '' });
    const second = boot();
    await clock.pass(BOOT_MS_MAX - 1);
    await clock.pass(1);
    expect(await second).toEqual({ code: 'no-answer', detail: '' });
    expect(start).toHaveBeenCalledTimes(1);
    // It comes when nobody wants it any more.
    const container = quiet();
    late.resolve(container);
    await settle();
    expect(container.teardown).toHaveBeenCalledTimes(1);
  });

  test('a boot that is rejected says why, and may be tried again', async () => {
    const start = vi.fn(async () => Promise.reject(new Error('Third-party storage is blocked')));
    const { boot } = engineOn({ boot: start });
    expect(await boot()).toEqual({ code: 'refused', detail: 'Third-party storage is blocked' });
    expect(await boot()).toMatchObject({ code: 'refused' });
    expect(start).toHaveBeenCalledTimes(2);
  });

  test('a package that cannot be fetched is a refusal', async () => {
    const { boot } = engineOn(new TestRuntime(), '', { load: () => Promise.reject(new Error('chunk not found')) });
    expect(await boot()).toEqual({ code: 'refused', detail: 'chunk not found' });
  });

  test('a site without a tree for the project says so', async () => {
    const { boot } = engineOn(new TestRuntime(), '', { tree: () => Promise.reject(new Error('no tree')) });
    expect(await boot()).toEqual({ code: 'unprepared', detail: 'no tree' });
    const container = quiet();
    const other = engineOn({ boot: async () => container }, '', {
      tree: async () => ({ key: '', load: () => Promise.reject(new Error('HTTP 404')) }),
    });
    expect(await other.boot()).toEqual({ code: 'unprepared', detail: 'HTTP 404' });
    expect(container.teardown).toHaveBeenCalledTimes(1);
  });

  test('files that are never mounted', async () => {
    const container = quiet();
    container.mount = () => never;
    const { boot, clock } = engineOn({ boot: async () => container });
    const booted = boot();
    await clock.pass(MOUNT_MS_MAX);
    expect(await booted).toMatchObject({ code: 'not-mounted' });
    expect(container.teardown).toHaveBeenCalledTimes(1);
  });

  test('a bridge that says nothing is given up, with what it printed', async () => {
    const { boot, clock } = engineOn({ boot: async () => quiet() });
    const booted = boot();
    await clock.pass(FIRST_WORD_MS_MAX);
    expect(await booted).toEqual({ code: 'silent', detail: 'warming up' });
  });

  test('a bridge that ends at once: its last output', async () => {
    const { boot, engine } = engineOn(
      new TestRuntime(),
      "console.error('no such thing: node:http3');\nprocess.exit(7);\n",
    );
    const failure = await boot();
    engine.dispose();
    expect(failure).toEqual({ code: 'ended', detail: 'code 7. no such thing: node:http3' });
  });
});

describe('a learner who changes their mind', () => {
  test('goes away while it boots: whoever waits is told, and the container is ended when it comes', async () => {
    const late = Promise.withResolvers<TestContainer>();
    const { boot, engine } = engineOn({ boot: () => late.promise });
    const booted = boot();
    await settle();
    engine.dispose();
    const container = quiet();
    late.resolve(container);
    expect(await booted).toEqual({ code: 'ended', detail: 'it was closed' });
    expect(container.teardown).toHaveBeenCalledTimes(1);
  });

  test('goes away and comes back while it boots: the same container serves, and is not ended', async () => {
    const late = Promise.withResolvers<TestContainer>();
    const start = vi.fn(() => late.promise);
    const { boot, engine, clock } = engineOn({ boot: start });
    const first = boot();
    await settle();
    engine.dispose();
    const second = boot();
    await settle();
    const container = quiet();
    late.resolve(container);
    expect(await first).toEqual({ code: 'ended', detail: 'it was closed' });
    await clock.pass(FIRST_WORD_MS_MAX);
    expect(await second).toMatchObject({ code: 'silent' });
    expect(start).toHaveBeenCalledTimes(1);
    expect(container.teardown).not.toHaveBeenCalled();
  });

  test('goes away and comes back while files are mounted: the next begins when that one is ended', async () => {
    const mounting = Promise.withResolvers<void>();
    const first = quiet();
    first.mount = () => mounting.promise;
    const start = vi.fn(async () => (start.mock.calls.length === 1 ? first : quiet()));
    const { boot, engine, clock } = engineOn({ boot: start });
    void boot();
    await settle();
    engine.dispose();
    const second = boot();
    await settle();
    expect(start).toHaveBeenCalledTimes(1);
    mounting.resolve();
    await settle();
    expect(first.teardown).toHaveBeenCalledTimes(1);
    expect(start).toHaveBeenCalledTimes(2);
    await clock.pass(FIRST_WORD_MS_MAX);
    expect(await second).toMatchObject({ code: 'silent' });
  });

  test('goes away while checks run: they are told', async () => {
    const { engine } = engineOn({ boot: async () => quiet() });
    const checked = engine.check({ exerciseId: 'X1', project, checks: '', seeds: [1] });
    await settle();
    engine.dispose();
    await expect(checked).rejects.toMatchObject({ code: 'ended', detail: 'it was closed' });
  });
});

describe('an odd runtime', () => {
  test('a Node that is too old is named', async () => {
    const { engine } = testEngine({}, { version: '18.20.4' });
    await expect(engine.boot(project, options)).rejects.toMatchObject({
      code: 'ended',
      detail: 'Its Node is 18.20.4; 20.6 or a later one is needed.',
    });
    engine.dispose();
  });

  test('a terminal that swallows what is written to it: messages are found where they lie', async () => {
    const { engine } = testEngine({}, { isDeaf: true });
    const result = await engine.boot(project, options);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    expect(await result.session.request({ method: 'GET', url: 'http://nobody/' })).toMatchObject({
      error: 'ENOTFOUND',
    });
    engine.dispose();
  });
});

describe('while it runs', () => {
  async function running() {
    const lost: ContainerFailure[] = [];
    const test = testEngine({}, { onLost: (failure) => lost.push(failure) });
    const result = await test.engine.boot(project, options);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const { session } = result;
    const ended = new Promise<SessionUpdate>((resolve) =>
      session.subscribe((update) => update.kind === 'ended' && resolve(update)),
    );
    return { ...test, session, lost, ended };
  }

  test('a bridge that is killed ends the run with a reason, what waits is answered, and the next run begins anew', async () => {
    const { engine, runtime, session, lost, ended, pids } = await running();
    const waiting = session.request({ method: 'GET', url: 'http://web:9/', timeoutMs: 60_000 });
    const edited = session.edit({ 'web/main.ts': '' });
    for (const child of runtime.container!.children) child.kill('SIGKILL');
    expect(await ended).toMatchObject({ reason: expect.stringMatching(/^The container failed: code 1/) });
    expect(await waiting).toMatchObject({ status: 0, error: 'ECONNABORTED' });
    await expect(edited).rejects.toThrow(/^The container failed/);
    expect(lost).toMatchObject([{ code: 'ended' }]);
    // Its services end themselves.
    await vi.waitFor(() => expect(pids()).toEqual([]), { timeout: 10_000 });
    const again = await engine.boot(project, options);
    expect(again.ok).toBe(true);
    expect(runtime.boots).toBe(1);
    engine.dispose();
  });

  test('a bridge that stands still is given up', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const { engine, runtime, lost, ended } = await running();
      for (const child of runtime.container!.children) child.kill('SIGSTOP');
      await settle();
      vi.advanceTimersByTime(SILENCE_MS_MAX + 1000);
      expect(await ended).toMatchObject({ reason: 'The run was stopped: the container stopped answering.' });
      expect(lost).toMatchObject([{ code: 'silent' }]);
      engine.dispose();
    } finally {
      vi.useRealTimers();
    }
  });

  test('another project needs another container: the first is torn down before', async () => {
    const runtime = new TestRuntime();
    const { boot, engine } = engineOn(runtime, 'process.exit(0);');
    await boot('one');
    const first = runtime.container!;
    await boot('two');
    expect(first.isTornDown).toBe(true);
    expect(runtime.boots).toBe(2);
    engine.dispose();
    await vi.waitFor(() => expect(runtime.container!.isTornDown).toBe(true));
  });
});
