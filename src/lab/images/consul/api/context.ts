/** What the API's handlers work with: a request, the agent behind it, and what a handler may answer. */
import type { ServerMachine } from '../../server.ts';
import { fromUtf8, utf8 } from '../bytes.ts';
import { COST } from '../cost.ts';
import { decode, type Schema } from '../go/decode.ts';
import { parseDuration, quote } from '../go/duration.ts';
import { parseJson, writeJson } from '../go/json.ts';
import { type Answer, textAnswer } from '../http/connection.ts';
import type { Request } from '../http/request.ts';
import type { LocalAgent } from '../local/agent.ts';
import type { Located } from '../options.ts';
import type { Raft } from '../raft.ts';
import type { Command } from '../state/rows.ts';
import type { Outcome, Store } from '../state/store.ts';
import { compileFilter } from './filter.ts';

/** A refusal with its status and words; anything else that a handler throws is a 500 with its message, as in Consul. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

export const badRequest = (text: string): HttpError => new HttpError(400, text);

export interface Parts {
  readonly machine: ServerMachine;
  readonly options: Located;
  readonly raft: Raft;
  readonly local: LocalAgent;
  readonly nodeId: string;
  /** Looks again at blocked queries after changes. */
  readonly waiting: Set<() => void>;
  readonly sessionTimers: { reset(id: string): void; clear(id: string): void };
  /** SIGTERM's way out. */
  leave(): void;
}

/** What a query found. */
export interface Found {
  readonly index: number;
  readonly json?: unknown;
  readonly status?: number;
  readonly raw?: {
    readonly contentType: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  };
  /** Nothing there: waits on, whatever else changes. */
  readonly isMissing?: boolean;
}

const WAIT_DEFAULT_MS = 300_000;
const WAIT_MAX_MS = 600_000;
/** Up to a sixteenth is added. */
const JITTER = 16;

/** One request. */
export class Call {
  readonly request: Request;
  readonly parts: Parts;
  /** What follows the endpoint's path. */
  readonly rest: string;
  private readonly finish: (answer: Answer) => void;
  onAbandon: () => void = () => {};

  constructor(request: Request, rest: string, parts: Parts, finish: (answer: Answer) => void) {
    this.request = request;
    this.rest = rest;
    this.parts = parts;
    this.finish = finish;
  }

  get store(): Store {
    return this.parts.raft.store;
  }

  get datacenter(): string {
    return this.parts.options.datacenter;
  }

  get query() {
    return this.request.query;
  }

  // --- answers

  /** 200 without a body. */
  done(): void {
    this.finish({ status: 200, headers: COMMON, body: new Uint8Array() });
  }

  json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    const isPretty = this.parts.options.isDev || this.query.has('pretty');
    const text = isPretty ? `${writeJson(value, '    ')}\n` : writeJson(value, '');
    const body = utf8(text);
    this.parts.machine.burn(COST.kilobytesUs * (body.length / 4096));
    this.finish({ status, headers: { ...COMMON, ...headers }, contentType: 'application/json', body });
  }

  text(status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    this.finish(textAnswer(status, text, { ...COMMON, ...headers }));
  }

  raw(status: number, contentType: string, headers: Readonly<Record<string, string>>, body: Uint8Array): void {
    this.finish({ status, contentType, headers: { ...COMMON, ...headers }, body });
  }

  fail(error: unknown): void {
    if (error instanceof HttpError) this.text(error.status, error.message);
    else this.text(500, error instanceof Error ? error.message : String(error));
  }

  /** Runs it, and turns what it throws into the answer. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Error) || isOurs(error)) throw error;
      this.fail(error);
    }
  }

  // --- requests

  /** The JSON body as this struct. `prefix` begins what is said of one that is none. */
  body<T>(schema: Schema, struct: string, prefix = 'Request decode failed: '): T {
    try {
      return decode(parseJson(fromUtf8(this.request.body)), schema, struct) as T;
    } catch (error) {
      throw badRequest(prefix + (error as Error).message);
    }
  }

  /** Only the agent's own datacenter is known. */
  checkDatacenter(): void {
    const wanted = this.query.get('dc');
    if (wanted !== '' && wanted !== this.datacenter) throw new Error('No path to datacenter');
  }

  /** A boolean parameter as strconv.ParseBool reads it; null for what is none. */
  flag(name: string): boolean | null {
    if (!this.query.has(name)) return false;
    const text = this.query.get(name);
    return text === '' ? true : parseBool(text);
  }

  /** Only rows that the filter lets pass. */
  filter<T>(rows: readonly T[]): readonly T[] {
    const expression = this.query.get('filter');
    if (expression === '') return rows;
    return rows.filter(compileFilter(expression));
  }

  // --- reads and writes

  /**
   * Answers with what `find` finds: at once, or, with `?index`, when its index is beyond that, at the latest after `?wait`.
   * Source: agent/blockingquery; developer.hashicorp.com/consul/api-docs/features/blocking.
   */
  read(find: () => Found): void {
    const { minIndex, waitMs, consistency } = this.readOptions();
    this.checkDatacenter();
    const { raft } = this.parts;
    const begin = () => this.guard(() => this.block(find, minIndex, waitMs, consistency));
    if (consistency === 'stale') begin();
    else raft.whenLeader(begin, (error) => this.text(500, error));
  }

  /** As one command of the log. `onDone` sees no errors: those are the answer. */
  write(command: Command, onDone: (outcome: Exclude<Outcome, { readonly error: string }>) => void): void {
    this.checkDatacenter();
    const { raft, machine } = this.parts;
    raft.whenLeader(
      () => {
        machine.burn(COST.writeUs);
        raft.propose(command, (outcome) => {
          if ('error' in outcome) this.text(500, outcome.error);
          else this.guard(() => onDone(outcome));
        });
      },
      (error) => this.text(500, error),
    );
  }

  private readOptions() {
    const { query } = this;
    let isStale = query.has('stale');
    if (query.get('max_stale') !== '') {
      try {
        if (parseDuration(query.get('max_stale')) > 0) isStale = true;
      } catch {
        throw badRequest(`Invalid max_stale value ${quote(query.get('max_stale'))}`);
      }
    }
    const isConsistent = query.has('consistent');
    if (isStale && isConsistent) throw badRequest('Cannot specify ?stale with ?consistent, conflicting semantics.');
    let waitMs = 0;
    if (query.get('wait') !== '') {
      try {
        waitMs = parseDuration(query.get('wait')) / 1e6;
      } catch {
        throw badRequest('Invalid wait time');
      }
    }
    const index = query.get('index');
    if (index !== '' && !/^\d{1,20}$/.test(index)) throw badRequest('Invalid index');
    const consistency = isStale ? 'stale' : isConsistent ? 'consistent' : 'leader';
    return { minIndex: Number(index), waitMs, consistency };
  }

  private block(find: () => Found, wanted: number, waitMs: number, consistency: string): void {
    const { machine, raft, waiting } = this.parts;
    let minIndex = wanted;
    let wasMissing = false;
    let isOver = false;
    const answer = (found: Found) => {
      isOver = true;
      stop();
      const headers = {
        // Never 0, which would make the next query not block at all.
        'X-Consul-Index': String(Math.max(1, found.index)),
        'X-Consul-Knownleader': String(raft.isLeader),
        'X-Consul-Lastcontact': '0',
        'X-Consul-Effective-Consistency': consistency,
        'X-Consul-Query-Backend': 'blocking-query',
      };
      if (found.raw) this.raw(200, found.raw.contentType, { ...headers, ...found.raw.headers }, found.raw.body);
      else if (found.json === undefined) this.text(found.status ?? 200, '', headers);
      else this.json(found.json, found.status, headers);
    };
    let stop = () => {};
    const look = (isLast: boolean): void => {
      const found = find();
      if (found.isMissing && wasMissing) minIndex = Math.max(minIndex, found.index);
      wasMissing ||= found.isMissing === true;
      if (isLast || found.index > minIndex || wanted === 0) answer(found);
    };
    look(false);
    if (isOver) return;
    const ms = Math.min(waitMs <= 0 ? WAIT_DEFAULT_MS : waitMs, WAIT_MAX_MS);
    const again = () => {
      machine.burn(COST.wakeUs);
      this.guard(() => look(false));
    };
    const stopTimer = machine.after(ms + machine.random() * (ms / JITTER), () => this.guard(() => look(true)));
    waiting.add(again);
    stop = () => {
      stopTimer();
      waiting.delete(again);
    };
    this.onAbandon = stop;
  }
}

/** As strconv.ParseBool. */
export function parseBool(text: string): boolean | null {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  return null;
}

/** A mistake in this code, not something that Consul would say. */
function isOurs(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

const COMMON = { Vary: 'Accept-Encoding', 'X-Consul-Default-Acl-Policy': 'allow' } as const;
