// An ES module with a require, a __dirname and a module of its own; no packages.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import 'node:os';

const require = createRequire(import.meta.url);
const __filename = fileURLToPath(import.meta.url);
const __dirname = dirname(__filename);
log(
  'a',
  typeof require('node:fs').readFileSync,
  require('node:path') === (await import('node:path')).default,
  typeof __dirname,
  typeof __filename,
);
await attempt('a', () => require('').x);
await attempt('a', () => require(5));
await attempt('a', () => createRequire('relative'));
await attempt('a', () => {
  try {
    require('./nothing.json');
  } catch (e) {
    return [e.code, e.message.split("'")[0]];
  }
});
function module() {
  return 'mine';
}
log('a', module(), this === undefined);
