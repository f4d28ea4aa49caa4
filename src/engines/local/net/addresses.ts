/**
 * Addresses for one run. On Linux all of 127.0.0.0/8 is this machine, so every replica gets two of its own: the one by
 * which others know it (its face, where the engine's proxies listen) and the one where its ports really are. Elsewhere
 * only 127.0.0.1 exists: faces are then names without a meaning to the kernel, and every port is chosen by the system.
 */
import net from 'node:net';

export interface Subnet {
  readonly hasOwnAddresses: boolean;
  face(number: number): string;
  real(number: number): string;
  /** Gives it back. */
  release(): void;
}

const TRIES = 50;
/** Held while a run lasts, so that two runs on this machine never share a subnet. */
const GUARD_PORT = 1025;

export async function takeSubnet(hasSubnet: boolean): Promise<Subnet> {
  if (!hasSubnet) {
    const b = Math.floor(Math.random() * 256);
    return {
      hasOwnAddresses: false,
      face: (number) => `10.${b}.${number >> 8}.${number & 255}`,
      real: () => '127.0.0.1',
      release: () => {},
    };
  }
  for (let i = 0; i < TRIES; i++) {
    const a = 2 + Math.floor(Math.random() * 120);
    const b = Math.floor(Math.random() * 256);
    const guard = await listenOrNull(`127.${a}.${b}.254`, GUARD_PORT);
    if (guard === null) continue;
    return {
      hasOwnAddresses: true,
      face: (number) => `127.${a}.${b}.${number}`,
      real: (number) => `127.${a + 128}.${b}.${number}`,
      release: () => guard.close(),
    };
  }
  throw new Error(`No free subnet of 127.0.0.0/8 was found in ${TRIES} tries.`);
}

function listenOrNull(host: string, port: number): Promise<net.Server | null> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.unref();
    server.once('error', () => resolve(null));
    server.listen(port, host, () => resolve(server));
  });
}
