import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
