import { expect, test } from 'vitest';
import { labWords } from '../lab/words.ts';
import type { PageMessage } from './messages.ts';
import { RemoteSession } from './remote-session.ts';

test('an edit waits for what it needs, and later edits wait behind it', async () => {
  const sent: PageMessage[] = [];
  const host: any = { post: (message: PageMessage) => sent.push(message), terminate() {} };
  const session = new RemoteSession({ host, topology: { services: [] }, seed: 1, words: labWords, silenceMsMax: 1600 });
  const full = Promise.withResolvers<void>();
  session.beforeEdit = (files) => (files.a === undefined ? null : full.promise);
  const edits = () =>
    sent.flatMap((message) =>
      message.kind === 'call' && message.call.name === 'edit' ? [Object.keys(message.call.files)[0]] : [],
    );
  void session.edit({ first: '' }).catch(() => {});
  expect(edits()).toEqual(['first']);
  void session.edit({ a: 'node:http2' }).catch(() => {});
  void session.edit({ b: '' }).catch(() => {});
  await Promise.resolve();
  expect(edits()).toEqual(['first']);
  full.resolve();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  expect(edits()).toEqual(['first', 'a', 'b']);
  session.stop();
});
