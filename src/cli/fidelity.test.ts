import { expect, test } from 'vitest';
import { fidelityReport } from './fidelity.ts';

test('every module of Node is there, or its import fails with a sentence that says what to use', {
  timeout: 60_000,
}, async () => {
  const { modules, packages, images } = await fidelityReport();
  for (const { name, set, has, sentence } of modules) {
    if (set === 'missing') expect(sentence, name).toMatch(/^node:\S+ is not part of the lab\. [A-Z]/);
    else expect(has, name).toBeGreaterThan(0);
  }
  const whole = modules.filter(({ set, lacks }) => set !== 'missing' && lacks.length === 0).map(({ name }) => name);
  expect(whole).toEqual(
    expect.arrayContaining(['diagnostics_channel', 'events', 'http2', 'https', 'os', 'stream', 'timers']),
  );
  expect(images.map(({ name }) => name)).toEqual(['consul', 'haproxy', 'postgres', 'rabbitmq', 'redis']);
  for (const { name, supported, differences } of images) {
    expect(supported.length, name).toBeGreaterThan(10);
    expect(differences.length, name).toBeGreaterThan(3);
  }
  for (const { name, version } of packages) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
});
