import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { exportProject } from './export.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'export-test-'));
  said = [];
  vi.spyOn(console, 'log').mockImplementation((...words) => void said.push(words.join(' ')));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

test('a sandbox becomes a folder of manifests, which says what is in it, and can be written again', async () => {
  const out = join(folder, 'shop-k8s');
  expect(await exportProject(['k8s', 'shop', '--out', out])).toBe(0);
  expect(readdirSync(out)).toContain('kustomization.yaml');
  expect(readFileSync(join(out, 'catalog.yaml'), 'utf8')).toContain('kind: PodDisruptionBudget');
  expect(said.join('\n')).toContain('5 Deployment');
  expect(await exportProject(['k8s', 'shop', '--out', out])).toBe(0);
});

test('nothing of somebody else’s is written over or mixed with', async () => {
  writeFileSync(join(folder, 'thesis.md'), 'mine');
  await expect(exportProject(['k8s', 'shop', '--out', folder])).rejects.toMatchObject({
    code: 3,
    message: expect.stringContaining('holds other files: thesis.md'),
  });
  expect(readdirSync(folder)).toEqual(['thesis.md']);
});

test('a wrong word and a wrong project are told, with the line', async () => {
  await expect(exportProject(['helm', 'shop'])).rejects.toMatchObject({ code: 2 });
  writeFileSync(join(folder, 'compose.yaml'), 'services:\n  a:\n    imgae: redis:7\n');
  await expect(exportProject(['k8s', folder])).rejects.toMatchObject({
    code: 3,
    message: expect.stringMatching(/^compose\.yaml:[23]:\d+ /),
  });
});
