import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ProjectFiles } from './project.ts';
import { Storage } from './storage.ts';

const starter = { 'gateway/src/main.ts': 'a', 'gateway/src/stock.ts': 'b', 'compose.yaml': 'c' };

// There is no IndexedDB in Node: what a private window is to the workbench.
const open = (storage: Storage, editable: readonly string[] | null = ['gateway/src/stock.ts']) =>
  new ProjectFiles('edits:test', starter, editable, storage);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first editable file is open at the start', () => {
  expect(open(new Storage()).active.value).toBe('gateway/src/stock.ts');
  expect(open(new Storage(), null).active.value).toBe('gateway/src/main.ts');
});

test('only editable files can be edited', () => {
  const files = open(new Storage());
  files.edit('compose.yaml', 'x');
  files.edit('gateway/src/stock.ts', 'better');
  expect(files.edits.value).toEqual({ 'gateway/src/stock.ts': 'better' });
  expect(files.files.value['compose.yaml']).toBe('c');
});

test('typing the starter’s text again is no change', () => {
  const files = open(new Storage());
  files.edit('gateway/src/stock.ts', 'better');
  files.edit('gateway/src/stock.ts', 'b');
  expect(files.changed.value).toEqual([]);
});

test('edits come back after a reload', async () => {
  const storage = new Storage();
  const files = open(storage);
  files.edit('gateway/src/stock.ts', 'better');
  files.show('compose.yaml');
  await vi.advanceTimersByTimeAsync(300);
  expect(files.hasPendingSave.value).toBe(false);

  const again = open(storage);
  await again.restore();
  expect(again.files.value['gateway/src/stock.ts']).toBe('better');
  expect(again.active.value).toBe('compose.yaml');
});

test('leaving the page writes at once', async () => {
  const storage = new Storage();
  const files = open(storage);
  files.edit('gateway/src/stock.ts', 'better');
  files.flush();
  await vi.advanceTimersByTimeAsync(0);
  const again = open(storage);
  await again.restore();
  expect(again.changed.value).toEqual(['gateway/src/stock.ts']);
});

describe('a page that goes before the database has answered', () => {
  const path = 'gateway/src/stock.ts';
  /** A page whose last words never reach the database. */
  const leftBehind = async (storage: Storage, ...texts: readonly [string, ...string[]]) => {
    const files = open(storage);
    await files.restore();
    for (const text of texts.slice(0, -1)) {
      files.edit(path, text);
      await vi.advanceTimersByTimeAsync(300);
    }
    files.edit(path, texts.at(-1)!);
    const write = vi.spyOn(storage, 'update').mockResolvedValue(false);
    files.leave();
    await vi.advanceTimersByTimeAsync(300);
    write.mockRestore();
  };

  test('has left what was typed last, and the next page writes it', async () => {
    const storage = new Storage();
    await leftBehind(storage, 'first', 'last');
    const again = open(storage);
    await again.restore();
    expect(again.edits.value).toEqual({ [path]: 'last' });
    await vi.advanceTimersByTimeAsync(300);
    expect((await storage.read<{ edits: object }>('edits:test'))?.edits).toEqual({ [path]: 'last' });
  });

  test('is not believed over another tab that has written since: a person is asked', async () => {
    const storage = new Storage();
    await leftBehind(storage, 'first', 'last');
    await storage.write('edits:test', { edits: { [path]: 'theirs' }, open: [], active: null, version: 9 });
    const again = open(storage);
    await again.restore();
    expect([again.edits.value, again.otherTab.value]).toEqual([{ [path]: 'last' }, { [path]: 'theirs' }]);
  });

  test('and comes back, as from another window, leaves nothing behind once it has written', async () => {
    const storage = new Storage();
    const files = open(storage);
    files.edit(path, 'better');
    files.leave();
    await vi.advanceTimersByTimeAsync(300);
    expect(storage.takeLeft('edits:test')).toBeUndefined();
  });

  test.each([{ edits: 3 }, 'text', { edits: { a: 1 }, open: [] }, null])(
    'what is no work of ours is left alone: %j',
    async (left) => {
      const storage = new Storage();
      storage.leave('edits:test', left);
      const files = open(storage);
      await files.restore();
      expect(files.edits.value).toEqual({});
    },
  );
});

test('what was typed before the database answered is not overwritten by it', async () => {
  const storage = new Storage();
  const first = open(storage);
  first.edit('gateway/src/stock.ts', 'old edit');
  first.flush();
  const files = open(storage);
  const restoring = files.restore();
  files.edit('gateway/src/stock.ts', 'new edit');
  await restoring;
  expect(files.files.value['gateway/src/stock.ts']).toBe('new edit');
});

test('files that a new starter no longer has are left out', async () => {
  const storage = new Storage();
  await storage.write('edits:test', { edits: { 'gone.ts': 'x' }, open: ['gone.ts'], active: 'gone.ts' });
  const files = open(storage);
  await files.restore();
  expect(files.edits.value).toEqual({});
  expect(files.active.value).toBe('gateway/src/stock.ts');
});

test('a reset can be undone until the next edit', () => {
  const files = open(new Storage(), null);
  files.edit('gateway/src/stock.ts', 'better');
  files.edit('compose.yaml', 'changed');
  files.resetAll();
  expect(files.changed.value).toEqual([]);
  files.undoReset();
  expect(files.changed.value).toEqual(['compose.yaml', 'gateway/src/stock.ts']);
  files.resetFile('compose.yaml');
  expect(files.changed.value).toEqual(['gateway/src/stock.ts']);
  files.edit('gateway/src/stock.ts', 'again');
  expect(files.undoable.value).toBeNull();
});

test('a browser that stores nothing is said to, and editing goes on', async () => {
  const storage = new Storage();
  const files = open(storage);
  files.edit('gateway/src/stock.ts', 'better');
  files.flush();
  await vi.advanceTimersByTimeAsync(0);
  expect(storage.state.value).toBe('blocked');
  expect(files.files.value['gateway/src/stock.ts']).toBe('better');
});

test('two tabs: the later one does not write over the earlier; either choice keeps what was chosen', async () => {
  const storage = new Storage();
  const [first, second] = [open(storage), open(storage)];
  await first.restore();
  await second.restore();
  first.edit('gateway/src/stock.ts', 'from the first');
  await vi.advanceTimersByTimeAsync(300);
  second.edit('gateway/src/stock.ts', 'from the second');
  await vi.advanceTimersByTimeAsync(300);
  expect(second.otherTab.value).toEqual({ 'gateway/src/stock.ts': 'from the first' });
  expect(second.edits.value).toEqual({ 'gateway/src/stock.ts': 'from the second' });

  second.edit('gateway/src/stock.ts', 'typing goes on');
  await vi.advanceTimersByTimeAsync(300);
  const reloaded = open(storage);
  await reloaded.restore();
  expect(reloaded.edits.value).toEqual({ 'gateway/src/stock.ts': 'from the first' });

  await second.keepThisTab();
  expect(second.otherTab.value).toBeNull();
  first.edit('gateway/src/stock.ts', 'later');
  await vi.advanceTimersByTimeAsync(300);
  expect(first.otherTab.value).toEqual({ 'gateway/src/stock.ts': 'typing goes on' });
  await first.takeOtherTab();
  expect(first.edits.value).toEqual({ 'gateway/src/stock.ts': 'typing goes on' });
  first.undoReset();
  expect(first.edits.value).toEqual({ 'gateway/src/stock.ts': 'later' });
});

test('a new starter: edits stay, are told to be on an older one, and stay settled once they are', async () => {
  const storage = new Storage();
  const before = open(storage);
  before.edit('gateway/src/stock.ts', 'mine');
  await vi.advanceTimersByTimeAsync(300);
  const newer = { ...starter, 'gateway/src/stock.ts': 'b, corrected' };
  const after = new ProjectFiles('edits:test', newer, null, storage);
  await after.restore();
  expect(after.files.value['gateway/src/stock.ts']).toBe('mine');
  expect(after.outdated.value).toEqual([
    { path: 'gateway/src/stock.ts', base: 'b', mine: 'mine', starter: 'b, corrected' },
  ]);
  after.settleOutdated('gateway/src/stock.ts', 'mine, corrected');
  await vi.advanceTimersByTimeAsync(300);
  const again = new ProjectFiles('edits:test', newer, null, storage);
  await again.restore();
  expect([again.outdated.value, again.edits.value]).toEqual([[], { 'gateway/src/stock.ts': 'mine, corrected' }]);
});

test('edits of a file that is there no more are kept aside through later saves', async () => {
  const storage = new Storage();
  await storage.write('edits:test', { edits: { 'gone.ts': 'x' }, open: [], active: null });
  const files = open(storage);
  await files.restore();
  files.edit('gateway/src/stock.ts', 'better');
  await vi.advanceTimersByTimeAsync(300);
  const again = open(storage);
  await again.restore();
  expect(again.orphans.value).toEqual({ 'gone.ts': 'x' });
});
