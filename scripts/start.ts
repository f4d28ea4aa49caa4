/** `npm start`: builds the site if needed, serves it on localhost and prints the address. `--port N` names the first port to try. */
import { parseArgs } from 'node:util';
import { base, buildSite, dist } from './build.ts';
import { serve } from './serve.ts';

const { values } = parseArgs({ options: { port: { type: 'string', default: '4321' } } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`--port takes a number from 0 to 65535, not ${values.port}.`);
  process.exit(1);
}

await buildSite();
const server = await serve({ folder: dist, port, base });
console.log(`\n  Loadbearing is at ${server.url}\n  Ctrl-C stops it.\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => server.close().then(() => process.exit(0)));
