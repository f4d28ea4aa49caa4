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
  /** A line each, as `Idempotency-Key: 1`. */
  readonly headers: Signal<string> = signal('');
  /** Newest first. */
  readonly history: Signal<readonly Exchange[]> = signal([]);
  readonly shown: Signal<number | null> = signal(null);
  private readonly run: Run;
  private seq = 0;

  /** Begins with one request like those of the load. */
  constructor(run: Run, { method = 'GET', url, body = '', headers = {} }: LoadSpec) {
    this.run = run;
    this.method.value = method;
    this.url.value = first(url);
    this.body.value = first(body);
    this.headers.value = headerLines(headers).map(first).join('\n');
  }

  async send(): Promise<void> {
    const hasBody = this.method.value !== 'GET' && this.method.value !== 'HEAD' && this.body.value !== '';
    const spec: RequestSpec = {
      method: this.method.value,
      url: this.url.value,
      ...(hasBody ? { body: this.body.value } : {}),
      headers: { ...(hasBody ? { 'content-type': 'application/json' } : {}), ...headersIn(this.headers.value) },
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
    const { 'content-type': type, ...headers } = exchange.spec.headers ?? {};
    this.headers.value = headerLines(type === 'application/json' ? headers : (exchange.spec.headers ?? {})).join('\n');
    this.shown.value = exchange.seq;
  }

  private update(seq: number, change: Partial<Exchange>): void {
    this.history.value = this.history.value.map((each) => (each.seq === seq ? { ...each, ...change } : each));
  }
}

/** The first of a load's numbered requests. */
export function first(text: string): string {
  return text.replace(/\{n(?:%\d+)?\}/g, '1');
}

function headerLines(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

/** Lines that are no header are left out, as while one is being typed. */
function headersIn(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^\s*([\w!#$%&'*+.^`|~-]+)\s*:\s*(.*?)\s*$/.exec(line);
    if (match !== null) headers[match[1]!.toLowerCase()] = match[2]!;
  }
  return headers;
}
