/**
 * Practitioners' packages, unmodified from npm, in the lab and on real Node 24: the same program, the same lines.
 *
 * - programs/*.mjs      one program a package; its first line names the packages, test-same.ts what it finds in scope
 * - test-same.ts        runs a program on both and compares what an observer sees
 * - *.test.ts           the programs in groups, so that no file of tests takes long
 *
 * To add a package: install it, write a program that uses what a service uses of it and logs each outcome, name it in a group.
 * Where packages know that they differ by the time of day, the machine or chance, the program leaves it out of the line.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { expectSame } from './test-same.ts';

/** One test for each program. */
export function testPrograms(...names: readonly string[]): void {
  for (const name of names) {
    const source = readFileSync(join(import.meta.dirname, 'programs', `${name}.mjs`), 'utf8');
    const packages = /^\/\/ packages: (.+)$/m.exec(source)?.[1]?.split(' ') ?? [];
    // Real Node keeps real time, and a busy machine may be late.
    test(`${name}${packages.length === 0 ? '' : ` (${packages.join(', ')})`}: as on Node`, { retry: 3 }, async () => {
      await expectSame(source, packages);
    });
  }
}
