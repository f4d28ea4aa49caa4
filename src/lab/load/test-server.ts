/** For tests of load/: an HTTP server of a few lines on the network itself, and a client on its outside. */
import { Random } from '../core/random.ts';
import { Scheduler } from '../core/scheduler.ts';
import { Trace } from '../core/trace.ts';
import { createNetwork } from '../net/index.ts';
import type { Connection, Host, Network } from '../net/network.ts';
import { HttpClient, type HttpClientOptions, type HttpReply, type HttpRequest } from './http-client.ts';

export type Respond = (head: string, connection: Connection) => void;

export class TestServer {
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  readonly network: Network;
  readonly host: Host;
  readonly client: HttpClient;
  /** Heads of the requests received. */
  readonly heads: string[] = [];
  accepted = 0;
  /** Connections that the client ended. */
  ended = 0;

  constructor(respond: Respond, options?: HttpClientOptions) {
    this.network = createNetwork({ scheduler: this.scheduler, trace: this.trace, random: new Random(1) });
    this.host = this.network.addHost('gateway-1', 'gateway');
    this.host.up();
    this.client = new HttpClient(this.network.client, this.scheduler, options);
    this.host.listen(8080, '0.0.0.0', 511, (connection) => this.accept(connection, respond));
  }

  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  run(ms: number): void {
    let events = 0;
    const isDone = this.scheduler.runUntil(this.scheduler.nowUs + ms * 1000, () => ++events > 1_000_000);
    if (!isDone) throw new Error('a million events: something goes round in circles');
  }

  /** Sends one request and lets time pass until its reply, at most 20 s. */
  get(request: Partial<HttpRequest> = {}): HttpReply {
    let reply: HttpReply | null = null;
    this.client.request({ method: 'GET', url: 'http://gateway:8080/', timeoutMs: 10_000, ...request }, (given) => {
      reply = given;
    });
    this.run(20_000);
    if (reply === null) throw new Error('no reply within 20 s');
    return reply;
  }

  after(ms: number, run: () => void): void {
    this.scheduler.after(ms * 1000, run);
  }

  private accept(connection: Connection, respond: Respond): void {
    this.accepted++;
    let text = '';
    connection.handler = {
      onConnect: () => {},
      onData: (chunk) => {
        text += new TextDecoder().decode(chunk);
        for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
          const head = text.slice(0, end);
          text = text.slice(end + 4);
          this.heads.push(head);
          respond(head, connection);
        }
      },
      onEnd: () => {
        this.ended++;
        connection.close();
      },
      onDrain: () => {},
      onError: () => {},
      onClose: () => {},
    };
  }
}

export function write(connection: Connection, text: string): void {
  connection.write(new TextEncoder().encode(text), 0);
}

export function ok(connection: Connection, body = 'ok'): void {
  write(connection, `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}
