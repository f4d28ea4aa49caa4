/** `node image-program.ts <image> -- <command line>`: one of the lab's server images, spoken to over the guest's channel. */
import type { ServerName } from '../../../lab/images/index.ts';
import type { ServerProgram } from '../../../lab/images/server.ts';
import type { FromGuest, ToGuest } from '../guest/channel.ts';
import { serveImage } from '../serve-image.ts';

const FIGURES_MS = 250;

const [name, , ...argv] = process.argv.slice(2);
const channel = (globalThis as unknown as Record<symbol, Channel>)[Symbol.for('loadbearing.channel')]!;

interface Channel {
  say(message: FromGuest): void;
  listen(listener: (message: ToGuest) => void): void;
}

const { LOADBEARING_ROOT: root = '', ...env } = process.env as Record<string, string>;
const { default: program } = (await import(`../../../lab/images/${name as ServerName}/index.ts`)) as {
  default: ServerProgram;
};
const startedMs = performance.now();
const clients = new Map<number, string>();

const serving = serveImage({
  program,
  argv,
  env,
  dataFolder: root,
  address: '0.0.0.0',
  hostname: env.HOSTNAME ?? 'localhost',
  onLog: (line, stream) => (stream === 'stderr' ? console.error(line) : console.log(line)),
  onExit: (code) => process.exit(code),
  onSocket: (id, client) => {
    if (client === null) clients.delete(id);
    else clients.set(id, client);
  },
  onOperation: ({ connection, startMs, ...operation }) =>
    channel.say({
      kind: 'operation',
      client: clients.get(connection) ?? '',
      // The engine has a clock of its own: how long ago it began is what both can count on.
      operation: { ...operation, startMs: performance.now() - startedMs - startMs },
    }),
});
const { server } = serving;
channel.listen((message) => {
  if (message.kind !== 'tool') return;
  server.tool(message.argv, (result) => channel.say({ kind: 'tool', id: message.id, result }));
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => server.signal(signal));
setInterval(() => channel.say({ kind: 'figures', figures: server.figures() }), FIGURES_MS);
