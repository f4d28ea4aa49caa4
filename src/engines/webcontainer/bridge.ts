/**
 * The program inside a WebContainer: the local engine, driven by the page's messages (remote/messages.ts). They come
 * through a mailbox and go out as lines (wire.ts). Bundled with all it needs into one file (catalog/container-tree.ts).
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalEngine } from '../local/local-engine.ts';
import type { PageMessage } from '../remote/messages.ts';
import { Driver } from './driver.ts';
import { inside } from './inside.ts';
import { readMailbox } from './mailbox.ts';
import { WireWriter } from './wire.ts';

/** In LOADBEARING_BRIDGE. */
export interface BridgeConfig {
  readonly token: string;
  /** Beside the folder of this program. */
  readonly mailbox: string;
}

/** The page has to know that the bridge lives also while nothing happens. */
const SIGN_OF_LIFE_MS = 1000;

const { token, mailbox } = JSON.parse(process.env.LOADBEARING_BRIDGE!) as BridgeConfig;
// No process that is started from here learns it.
delete process.env.LOADBEARING_BRIDGE;

const folder = dirname(fileURLToPath(import.meta.url));
const wire = new WireWriter(token, (line) => process.stdout.write(line));
const broken = (error: unknown) =>
  wire.send({ kind: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
process.on('uncaughtException', broken);

if (process.stdin.isTTY) process.stdin.setRawMode(true);

// The first that gives a program hooks for its own modules.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 6)) {
  broken(`Its Node is ${process.versions.node}; 20.6 or a later one is needed.`);
} else {
  const driver = new Driver(new LocalEngine({ platform: inside(folder), servers: 'lab' }), (message) =>
    wire.send(message),
  );
  readMailbox(join(folder, '..', mailbox), process.stdin, (message) => driver.take(message as PageMessage));
  wire.send({ kind: 'pong' });
  setInterval(() => wire.send({ kind: 'pong' }), SIGN_OF_LIFE_MS);
}
