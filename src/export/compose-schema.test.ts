/** Docker Compose is not everywhere where the tests run; the specification's JSON schema is what it checks files with. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const { $schema: _draft, ...schema } = JSON.parse(
  readFileSync(join(root, 'node_modules/dclint/schemas/compose.schema.json'), 'utf8'),
);
const isComposeFile = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);

function problemsOf(text: string): readonly string[] {
  // Compose resolves `<<` before it looks at the keys.
  if (isComposeFile(parse(text, { merge: true }))) return [];
  return isComposeFile.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('`docker compose config` would accept', () => {
  for (const id of readdirSync(join(root, 'sandboxes')))
    test(`sandbox ${id}`, () => {
      expect(problemsOf(readFileSync(join(root, 'sandboxes', id, 'compose.yaml'), 'utf8'))).toEqual([]);
    });

  for (const id of readdirSync(join(root, 'exercises'))) {
    const file = join(root, 'exercises', id, 'starter/compose.yaml');
    const text = (() => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return null;
      }
    })();
    if (text !== null) test(`the starter of ${id}`, () => expect(problemsOf(text)).toEqual([]));
  }

  test('no file with a key that the specification has not', () => {
    expect(problemsOf('services: { a: { image: b, helthcheck: {} } }')).toEqual([
      '/services/a must NOT have additional properties',
    ]);
  });
});
