import { expect, test } from 'vitest';
import { readWorkerMessage } from './messages.ts';

test('messages of the worker are taken', () => {
  for (const message of [
    { kind: 'pong' },
    { kind: 'booted', topology: { services: [] } },
    { kind: 'refused', problems: [{ message: 'x', severity: 'error' }] },
    { kind: 'answer', id: 1, value: 3 },
    { kind: 'progress', share: 0.5 },
    { kind: 'update', update: { kind: 'trace', nowMs: 1, events: [{ kind: 'note', atMs: 1, text: 'x' }] } },
    {
      kind: 'update',
      update: { kind: 'ended', reason: 'x', problem: { message: 'x', file: 'a.ts', line: 1, severity: 'error' } },
    },
  ]) {
    expect(readWorkerMessage(message)).toBe(message);
  }
});

test('events come as JSON and are read like any other update', () => {
  const events = [{ kind: 'note', atMs: 1, text: 'x' }];
  expect(readWorkerMessage({ kind: 'trace', nowMs: 1, json: JSON.stringify(events) })).toEqual({
    kind: 'update',
    update: { kind: 'trace', nowMs: 1, events },
  });
});

test('anything that has not the shape of a message is ignored', () => {
  for (const data of [
    null,
    'pong',
    {},
    { kind: 'toString' },
    { kind: '__proto__' },
    { kind: 'booted', topology: {} },
    { kind: 'refused', problems: [{ message: { html: '<b>' } }] },
    { kind: 'answer', id: '1' },
    { kind: 'update', update: { kind: 'trace', nowMs: 1, events: [null] } },
    { kind: 'trace', nowMs: 1, json: '[{' },
    { kind: 'trace', nowMs: 1, json: '[1]' },
    { kind: 'trace', nowMs: 1, json: [] },
    { kind: 'trace', json: '[]' },
    { kind: 'update', update: { kind: 'clock', nowMs: 1, state: 'gone', speed: 1 } },
    { kind: 'update', update: { kind: 'ended', reason: 1 } },
  ]) {
    expect(readWorkerMessage(data)).toBeNull();
  }
});
