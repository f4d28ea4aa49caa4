/**
 * Where processes come that cannot inherit a descriptor: one listener on loopback, and a secret for each process that it
 * must say first. Who does not know one is sent away.
 */
import { randomBytes } from 'node:crypto';
import net from 'node:net';

/** A secret and the end of its line. */
const FIRST_BYTES_MAX = 64;

export interface Ticket {
  /** `port secret`, for the process. */
  readonly text: string;
  /** It will not come any more. */
  cancel(): void;
}

export class ChannelServer {
  private readonly server: net.Server;
  private readonly port: number;
  private readonly expected = new Map<string, (socket: net.Socket) => void>();
  private readonly strangers = new Set<net.Socket>();

  private constructor(server: net.Server) {
    this.server = server;
    this.port = (server.address() as net.AddressInfo).port;
    server.on('connection', (socket) => this.greet(socket));
    server.unref();
  }

  static open(): Promise<ChannelServer> {
    const server = net.createServer({ noDelay: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(new ChannelServer(server)));
    });
  }

  /** `onSocket` is called once, when the process has come. */
  expect(onSocket: (socket: net.Socket) => void): Ticket {
    const secret = randomBytes(16).toString('hex');
    this.expected.set(secret, onSocket);
    return { text: `${this.port} ${secret}`, cancel: () => void this.expected.delete(secret) };
  }

  /** Processes that have come keep their sockets. */
  close(): void {
    this.server.close();
    for (const socket of this.strangers) socket.destroy();
  }

  private greet(socket: net.Socket): void {
    this.strangers.add(socket);
    let first = Buffer.alloc(0);
    const leave = () => {
      this.strangers.delete(socket);
      socket.destroy();
    };
    const take = (chunk: Buffer) => {
      first = Buffer.concat([first, chunk]);
      const end = first.indexOf('\n');
      if (end < 0 && first.length <= FIRST_BYTES_MAX) return;
      const secret = first.subarray(0, Math.max(0, end)).toString('latin1');
      const onSocket = this.expected.get(secret);
      if (onSocket === undefined) {
        leave();
        return;
      }
      this.expected.delete(secret);
      this.strangers.delete(socket);
      socket.off('data', take);
      socket.off('error', leave);
      socket.pause();
      if (first.length > end + 1) socket.unshift(first.subarray(end + 1));
      onSocket(socket);
    };
    socket.on('data', take);
    socket.on('error', leave);
    socket.on('close', () => this.strangers.delete(socket));
  }
}
