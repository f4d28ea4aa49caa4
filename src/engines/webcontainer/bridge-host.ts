/** One bridge in the container, as the page speaks to it. Each has a mailbox and a token of its own. */
import type { RemoteHost } from '../remote/host.ts';
import { type PageMessage, readWorkerMessage, type WorkerMessage } from '../remote/messages.ts';
import type { BridgeConfig } from './bridge.ts';
import type { Clock } from './clock.ts';
import { ContainerFailure, said } from './failure.ts';
import type { Container, ContainerProcess } from './runtime.ts';
import { encode, WireReader } from './wire.ts';

/** From the start of its process to its first word: a Node that starts, and a megabyte that is compiled. */
export const FIRST_WORD_MS_MAX = 45_000;

let bridges = 0;

export class BridgeHost implements RemoteHost {
  onMessage: (message: WorkerMessage) => void = () => {};
  onFailure: (message: string) => void = () => {};
  /** Why it cannot go on; null while it can. */
  failure: ContainerFailure | null = null;
  private readonly container: Container;
  private readonly mailbox = `mail-${++bridges}`;
  private readonly reader: WireReader;
  private readonly cancelWait: () => void;
  private process: ContainerProcess | null = null;
  private input: WritableStreamDefaultWriter<string> | null = null;
  private sent = 0;
  /** Messages go one after the other. */
  private sending: Promise<void>;
  private isTerminated = false;

  constructor(container: Container, clock: Clock) {
    this.container = container;
    const token = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0'));
    const config: BridgeConfig = { token: token.join(''), mailbox: this.mailbox };
    this.reader = new WireReader(config.token, {
      onMessage: (data) => this.take(data),
      onGarbled: () => this.fail(new ContainerFailure('ended', 'what it says arrives damaged')),
    });
    this.cancelWait = clock.after(FIRST_WORD_MS_MAX, () =>
      this.fail(new ContainerFailure('silent', this.reader.lastNoise)),
    );
    this.sending = this.start(config).catch((error: unknown) => this.fail(new ContainerFailure('ended', said(error))));
  }

  post(message: PageMessage): void {
    // It gives signs of life without being asked.
    if (message.kind === 'ping') return;
    this.sending = this.sending
      .then(() => this.send(message))
      .catch((error: unknown) => this.fail(new ContainerFailure('ended', said(error))));
  }

  terminate(): void {
    if (this.isTerminated) return;
    this.isTerminated = true;
    this.cancelWait();
    this.process?.kill();
    // The container may be gone.
    this.container.fs.rm(this.mailbox, { recursive: true, force: true }).catch(() => {});
  }

  private async start(config: BridgeConfig): Promise<void> {
    const { container } = this;
    await container.fs.mkdir(this.mailbox, { recursive: true });
    if (this.isTerminated) return;
    const process = await container.spawn('node', ['loadbearing/bridge.mjs'], {
      env: { LOADBEARING_BRIDGE: JSON.stringify(config) },
    });
    if (this.isTerminated) {
      process.kill();
      return;
    }
    this.process = process;
    this.input = process.input.getWriter();
    void this.read(process.output.getReader());
    process.exit.then(
      (code) => this.fail(new ContainerFailure('ended', `code ${code}. ${this.reader.lastNoise}`.trim())),
      (error) => this.fail(new ContainerFailure('ended', said(error))),
    );
  }

  private async read(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.reader.take(value);
      }
    } catch {
      // Its end is told by `exit`.
    }
  }

  private async send(message: PageMessage): Promise<void> {
    if (this.isTerminated || this.failure !== null) return;
    const file = `${this.mailbox}/${this.sent}.json`;
    await this.container.fs.writeFile(`${file}.part`, encode(message));
    await this.container.fs.rename(`${file}.part`, file);
    await this.input!.write(`${this.sent++}\n`);
  }

  private take(data: unknown): void {
    if (this.isTerminated) return;
    this.cancelWait();
    const message = readWorkerMessage(data);
    if (message?.kind === 'broken') this.fail(new ContainerFailure('ended', message.message));
    else if (message !== null) this.onMessage(message);
  }

  /** Nothing more is expected of it. */
  fail(failure: ContainerFailure): void {
    if (this.isTerminated || this.failure !== null) return;
    this.failure = failure;
    this.cancelWait();
    this.onFailure(failure.detail);
  }
}
