import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseCompose } from './parse.ts';
import { formatProblem } from './problems.ts';

const folder = fileURLToPath(new URL('../../../sandboxes', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

test.each(names.map((entry) => entry.name))(
  'sandbox %s: the lab takes all of its compose file, without a warning',
  (name) => {
    const root = join(folder, name);
    const files: Record<string, string> = {};
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.parentPath.includes('node_modules')) continue;
      const path = join(entry.parentPath, entry.name);
      files[relative(root, path)] = readFileSync(path, 'utf8');
    }
    const result = parseCompose(files);
    expect((result.ok ? result.warnings : result.problems).map(formatProblem)).toEqual([]);
  },
);
