/** The request client: what to send, what came back, and what was sent before. */
import { type Signal, signal } from '@preact/signals';
import type { LoadSpec, Reply, RequestSpec } from '../../engines/engine.ts';
import type { Run } from './run.ts';

export interface Exchange {
  readonly seq: number;
  readonly spec: RequestSpec;
  readonly sentMs: number;
  /** null while it is under way. */
  readonly reply: Reply | null;
  /** Set when the run ended before a reply could come. */
  readonly error?: string;
}

const KEPT = 50;

export class Client {
  readonly method: Signal<string> = signal('GET');
  readonly url: Signal<string> = signal('');
  readonly body: Signal<string> = signal('');
  /** Newest first. */
  readonly history: Signal<readonly Exchange[]> = signal([]);
  readonly shown: Signal<number | null> = signal(null);
  private readonly run: Run;
  private seq = 0;

  /** Begins with one request like those of the load. */
  constructor(run: Run, { method = 'GET', url, body = '' }: LoadSpec) {
    this.run = run;
    this.method.value = method;
    this.url.value = url;
    this.body.value = body;
  }

  async send(): Promise<void> {
    const hasBody = this.method.value !== 'GET' && this.method.value !== 'HEAD' && this.body.value !== '';
    const spec: RequestSpec = {
      method: this.method.value,
      url: this.url.value,
      ...(hasBody ? { body: this.body.value, headers: { 'content-type': 'application/json' } } : {}),
    };
    const seq = ++this.seq;
    const sentMs = this.run.record.endMs;
    this.history.value = [{ seq, spec, sentMs, reply: null }, ...this.history.value].slice(0, KEPT);
    this.shown.value = seq;
    try {
      const reply = await this.run.request(spec);
      this.update(seq, reply === null ? { error: 'not-running' } : { reply });
    } catch (error) {
      this.update(seq, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  recall(exchange: Exchange): void {
    this.method.value = exchange.spec.method;
    this.url.value = exchange.spec.url;
    this.body.value = exchange.spec.body ?? '';
    this.shown.value = exchange.seq;
  }

  private update(seq: number, change: Partial<Exchange>): void {
    this.history.value = this.history.value.map((each) => (each.seq === seq ? { ...each, ...change } : each));
  }
}
