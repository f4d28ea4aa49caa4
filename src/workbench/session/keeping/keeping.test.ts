import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import type { TimedAction } from '../../../engines/engine.ts';
import { zipFolder } from './folder.ts';
import { readKeepsake, writeKeepsake } from './keepsake.ts';
import { isFiles } from './shapes.ts';
import { readShare, SHARE_CHARS_MAX, type SharedSession, writeShare } from './share.ts';

const path = fc.constantFrom('gateway/src/main.ts', 'compose.yaml', 'a/b-c/d_e.test.ts', 'x');
const files = fc.dictionary(path, fc.string({ unit: 'grapheme', maxLength: 300 }), { noNullPrototype: true });
const action: fc.Arbitrary<TimedAction['action']> = fc.oneof(
  fc.constant({ name: 'request', spec: { method: 'POST', url: 'http://gateway:8080/orders', body: '{}' } } as const),
  fc.constant({ name: 'inject', fault: { kind: 'latency', from: 'a', to: 'b', latencyMs: 200, forMs: 5000 } } as const),
  fc.nat(50).map((faultId) => ({ name: 'heal', faultId }) as const),
  fc.constant({ name: 'startLoad', spec: { url: 'http://gateway:8080/', ratePerSecond: 50 } } as const),
  fc.constant({ name: 'exec', service: 'redis', argv: ['redis-cli', 'set', 'k', 'v'] } as const),
  files.map((changed) => ({ name: 'edit', files: changed }) as const),
);
const sessions: fc.Arbitrary<SharedSession> = fc.record({
  subject: fc.constantFrom('exercise:d14-breaker', 'sandbox:shop'),
  seed: fc.integer({ min: 1, max: 999_999 }),
  edits: files,
  actions: fc.array(fc.record({ atMs: fc.nat(10_000_000).map((us) => us / 1000), action }), { maxLength: 20 }),
  endMs: fc.nat(600_000),
});

test('a session comes back from its link as it was', () => {
  fc.assert(
    fc.property(sessions, (shared) => {
      const text = writeShare(shared);
      expect(text).toMatch(/^[\w-]+$/);
      expect(readShare(text!)).toEqual({ ok: true, shared });
    }),
  );
});

test('whatever a fragment holds, reading it throws nothing', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.base64String(),
    fc.uint8Array({ maxLength: 400 }).map((bytes) => btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, '-')),
  );
  fc.assert(
    fc.property(anything, (text) => {
      expect(typeof readShare(text).ok).toBe('boolean');
    }),
    { numRuns: 2000 },
  );
});

test('a link with a few characters changed is read as damaged, or as one of the right shape', () => {
  fc.assert(
    fc.property(sessions, fc.nat(), fc.constantFrom('A', '_', 'z', '9'), (shared, where, char) => {
      const text = writeShare(shared)!;
      const at = where % text.length;
      const read = readShare(`${text.slice(0, at)}${char}${text.slice(at + 1)}`);
      if (read.ok) expect(isFiles(read.shared.edits)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

const share = (value: unknown) => {
  const whole = { subject: 'sandbox:shop', seed: 1, edits: {}, actions: [], endMs: 0, ...(value as object) };
  return readShare(writeShare(whole as SharedSession)!);
};

test.each([
  ['a path out of the folder', { edits: { '../../etc/passwd': 'x' } }],
  ['an absolute path', { edits: { '/etc/passwd': 'x' } }],
  ['a text that is none', { edits: { a: { toString: 1 } } }],
  ['an action that there is not', { actions: [{ atMs: 1, action: { name: 'constructor' } }] }],
  [
    'an action with more than belongs to it',
    { actions: [{ atMs: 1, action: { name: 'request', spec: { url: 'x', method: 'GET', then: 'y' } } }] },
  ],
  [
    'a rate that would hang the page',
    { actions: [{ atMs: 1, action: { name: 'startLoad', spec: { url: 'x', ratePerSecond: 1e12 } } }] },
  ],
  ['a time before the beginning', { actions: [{ atMs: -1, action: { name: 'heal', faultId: 1 } }] }],
  ['a seed that is none', { seed: 0.5 }],
])('a link with %s is damaged', (_, value) => {
  expect(share(value)).toEqual({ ok: false, reason: 'damaged' });
});

test('what unpacks to more than anybody shares is too big, and so is a long link', () => {
  expect(writeShare({ subject: 's', seed: 1, edits: { a: 'x'.repeat(600_000) }, actions: [], endMs: 0 })).toBeNull();
  expect(readShare('A'.repeat(SHARE_CHARS_MAX + 1))).toEqual({ ok: false, reason: 'too-big' });
});

test('a file of one’s work comes back as it was; others are told apart from it', () => {
  const keepsake = {
    subject: 'exercise:d14-breaker',
    at: '2026-01-02T03:04:05.678Z',
    edits: { 'gateway/src/stock.ts': 'mine' },
    orphans: {},
    attempts: [
      {
        at: '2026-01-02T03:04:05.678Z',
        passed: false,
        checksPassed: 2,
        checksTotal: 6,
        failed: ['a slow inventory is left alone'],
        hintsShown: 1,
        sawSolution: false,
        edits: {},
        checks: [{ name: 'x', passed: true, text: '' }],
      },
    ],
  };
  const text = writeKeepsake(keepsake);
  expect(readKeepsake(text)).toEqual({ ok: true, keepsake });
  expect(readKeepsake(text.replace('"version": 1', '"version": 2'))).toEqual({ ok: false, reason: 'newer' });
  expect(readKeepsake(text.replace('"passed": false', '"passed": 7'))).toEqual({ ok: false, reason: 'damaged' });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (other) => {
      expect(readKeepsake(other)).toEqual({ ok: false, reason: 'damaged' });
    }),
  );
});

test('the folder has all files with their edits, the lock files and how to start it; twice it is the same', () => {
  const options = {
    name: 'd14-breaker',
    title: 'The breaker',
    files: {
      'compose.yaml': "name: shop\nservices:\n  gateway:\n    image: redis:7\n    ports: ['8090:8080']\n",
      'gateway/src/stock.ts': 'mine',
    },
    locks: { 'gateway/package-lock.json': '{}' },
    changed: ['gateway/src/stock.ts'],
    entryUrl: 'http://gateway:8080/products',
  };
  const zip = zipFolder(options);
  const entries = unzipSync(zip);
  expect(Object.keys(entries).sort()).toEqual([
    'd14-breaker/LOADBEARING.md',
    'd14-breaker/compose.yaml',
    'd14-breaker/gateway/package-lock.json',
    'd14-breaker/gateway/src/stock.ts',
    'd14-breaker/kubernetes/README.md',
    'd14-breaker/kubernetes/gateway.yaml',
    'd14-breaker/kubernetes/kustomization.yaml',
    'd14-breaker/kubernetes/namespace.yaml',
  ]);
  expect(strFromU8(entries['d14-breaker/gateway/src/stock.ts']!)).toBe('mine');
  const readme = strFromU8(entries['d14-breaker/LOADBEARING.md']!);
  expect(readme).toContain('curl http://localhost:8090/products');
  expect(readme).toContain('`gateway/src/stock.ts`');
  expect(zipFolder(options)).toEqual(zip);

  // A compose file that an edit has broken keeps nobody from taking the rest along.
  const broken = unzipSync(zipFolder({ ...options, files: { ...options.files, 'compose.yaml': 'services: [' } }));
  expect(Object.keys(broken)).not.toContain('d14-breaker/kubernetes/gateway.yaml');
  expect(strFromU8(broken['d14-breaker/LOADBEARING.md']!)).toMatch(/No manifests: compose\.yaml:\d+ /);
});
