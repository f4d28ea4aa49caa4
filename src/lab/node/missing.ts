/** Modules that Node has and the lab has not: name → the sentence thrown at import. */
const advice: Record<string, string> = {
  child_process: 'Processes are services here: add one to compose.yaml.',
  cluster: 'Run more replicas: `deploy: { replicas: 2 }` in compose.yaml.',
  dgram: 'Use TCP (node:net) or HTTP between services.',
  domain: 'Use AsyncLocalStorage from node:async_hooks and try/catch.',
  http2: 'Use node:http; the lab speaks HTTP/1.1.',
  https: 'Services inside the lab talk plain HTTP: use node:http.',
  inspector: 'Log with console.log; the lab records every request and packet.',
  'inspector/promises': 'Log with console.log; the lab records every request and packet.',
  'path/win32': 'Paths are those of Linux: use node:path.',
  punycode: 'Use URL, which encodes host names itself.',
  repl: 'Log with console.log.',
  sea: 'Start the service with `node src/main.ts`.',
  sqlite: 'Keep the data in memory or in a file with node:fs.',
  'stream/web': 'Use node:stream.',
  test: "An exercise's checks import test and expect from vitest.",
  'test/reporters': "An exercise's checks import test and expect from vitest.",
  tls: 'Services inside the lab talk plain TCP: use node:net.',
  trace_events: 'The lab records every request and packet.',
  v8: 'Use process.memoryUsage().',
  vm: 'Put the code into a module and import it.',
  wasi: 'Use a package written in JavaScript.',
};

export const missingModules: Record<string, string> = Object.fromEntries(
  Object.entries(advice).map(([name, sentence]) => [name, `node:${name} is not part of the lab. ${sentence}`]),
);
