/** A client for unit tests of the image: one request a call, on a machine whose clock moves when told to. */
import { TestMachine, type TestMachineOptions } from '../test-machine.ts';
import { ofBinary, toBinary, utf8 } from './bytes.ts';
import program from './index.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Of a JSON body; undefined otherwise. */
  readonly json: any;
}

export interface Pending {
  /** Null while the server has not answered. */
  reply(): Reply | null;
  /** Closes the connection. */
  abandon(): void;
}

const DEV = ['consul', 'agent', '-dev', '-client=0.0.0.0'];

export class TestConsul {
  readonly machine: TestMachine;

  constructor(options: TestMachineOptions = {}) {
    this.machine = new TestMachine({ argv: DEV, ...options });
    this.machine.start(program);
    // It asks for its own address first.
    this.machine.advance(0);
  }

  /** With a leader. */
  static up(options: TestMachineOptions = {}): TestConsul {
    const consul = new TestConsul(options);
    consul.machine.advance(10_000);
    return consul;
  }

  /** Sends it and does not wait. */
  send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Pending {
    const client = this.machine.client(8500);
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const bytes = toBinary(utf8(text));
    const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', `Content-Length: ${bytes.length}`];
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    client.send(`${lines.join('\r\n')}\r\n\r\n${bytes}`);
    let received = '';
    return {
      reply: () => {
        received += client.text();
        return received === '' ? null : parse(received);
      },
      abandon: () => client.end(),
    };
  }

  /** The reply, which must come at once. */
  ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
    const pending = this.send(method, path, body, headers);
    const reply = pending.reply();
    pending.abandon();
    if (reply === null) throw new Error(`${method} ${path}: no reply yet`);
    return reply;
  }

  get(path: string): Reply {
    return this.ask('GET', path);
  }

  put(path: string, body?: unknown): Reply {
    return this.ask('PUT', path, body);
  }

  /** IDs of the instances that pass all their checks. */
  passing(service: string): string[] {
    return this.get(`/v1/health/service/${service}?passing`).json.map(
      (each: { Service: { ID: string } }) => each.Service.ID,
    );
  }
}

function parse(text: string): Reply {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = new TextDecoder().decode(ofBinary(text.slice(end + 4)));
  return {
    status: Number(first.split(' ')[1]),
    headers,
    text: body,
    json: headers['content-type'] === 'application/json' ? JSON.parse(body) : undefined,
  };
}
