/**
 * What a replica's process and the engine say to each other, one JSON text a line, over a socket that the process
 * inherits, or opens with a secret (channel-server.ts). Both sides import this file.
 */

/** The descriptor that the process inherits; unless LOADBEARING_CHANNEL says `port secret`. */
export const CHANNEL_FD = 3;

/** For `node --import`: what the process must know before it says its first word. */
export interface GuestConfig {
  readonly endpoint: string;
  /** Other names that it has for itself, as its hostname. */
  readonly names: readonly string[];
  /** Where its own ports are, seen from this machine. */
  readonly address: string;
  /** Addresses of its own on this machine; otherwise all share one and ports are chosen by the system. */
  readonly hasOwnAddress: boolean;
  /** The address under which others know it. */
  readonly face: string;
  /** Header that carries, on outgoing requests, which incoming request they belong to. The engine takes it out again. */
  readonly causeHeader: string;
  readonly cost: Cost | null;
  readonly isProbe: boolean;
  /** Compiled code of earlier runs; null when none is kept. */
  readonly cacheFolder: string | null;
  /** `.ts` files hold JavaScript. */
  readonly isCompiled: boolean;
  /** URL of hooks.ts. */
  readonly hooks: string;
}

/** CPU time that a request costs before its handler runs. */
export interface Cost {
  readonly perRequestMs: number;
  readonly distribution: 'constant' | 'exponential';
}

export type FromGuest =
  /** `port` as the program asked for it (or got it), `address` as it was given to listen, and where that really is. */
  | { readonly kind: 'listen'; readonly port: number; readonly address: string; readonly realPort: number }
  | { readonly kind: 'unlisten'; readonly port: number }
  | { readonly kind: 'lookup'; readonly id: number; readonly name: string }
  | { readonly kind: 'connect'; readonly id: number; readonly host: string; readonly port: number }
  /** Nobody waits for that connection any more. */
  | { readonly kind: 'gone'; readonly id: number }
  | { readonly kind: 'loaded' }
  /** Of a server image: see lab/images/server.ts. `client`: address:port of the socket by which it came, '' for none. */
  | { readonly kind: 'operation'; readonly client: string; readonly operation: object }
  | { readonly kind: 'figures'; readonly figures: Readonly<Record<string, number>> }
  | { readonly kind: 'tool'; readonly id: number; readonly result: object };

export type ToGuest =
  | {
      readonly kind: 'lookup';
      readonly id: number;
      readonly error: string | null;
      readonly addresses: readonly string[];
    }
  | {
      readonly kind: 'connect';
      readonly id: number;
      readonly error: string;
      readonly syscall: 'connect' | 'getaddrinfo';
    }
  | { readonly kind: 'connect'; readonly id: number; readonly at: RealPlace }
  | { readonly kind: 'clock'; readonly offsetMs: number; readonly driftPpm: number }
  | { readonly kind: 'cost'; readonly cost: Cost | null }
  | { readonly kind: 'tool'; readonly id: number; readonly argv: readonly string[] };

export interface RealPlace {
  readonly host: string;
  readonly port: number;
  /** To be bound to, so that the other side knows who it is. */
  readonly localAddress?: string;
}

/** Cuts a stream of text into messages. */
export function messageReader<Message>(onMessage: (message: Message) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line !== '') onMessage(JSON.parse(line) as Message);
  };
}
