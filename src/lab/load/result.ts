/** One request of a load, answered or not. */
export interface LoadResultFields {
  /** 0, 1, 2 … in the order in which the requests were due. */
  readonly id: number;
  readonly method: string;
  readonly url: string;
  /** Virtual µs since boot. */
  readonly dueUs: number;
  readonly latencyUs: number;
  /** 0 when no reply came; `error` says why. */
  readonly status: number;
  readonly error: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Text of the reply; null unless bodies are kept. */
  readonly body: string | null;
  /** Connection the request went over; 0 when none was made. */
  readonly connection: number;
}

export class LoadResult {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  /** When it was due: virtual ms since boot. */
  readonly dueMs: number;
  /** From due to the last byte of the reply, or to the error. */
  readonly latencyMs: number;
  readonly latencyUs: number;
  readonly status: number;
  readonly error: string | null;
  /** A status of 200 to 399, unless the load says otherwise. */
  isOk: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly connection: number;
  private parsed: { readonly value: unknown } | null = null;

  constructor(fields: LoadResultFields) {
    this.id = fields.id;
    this.method = fields.method;
    this.url = fields.url;
    this.dueMs = fields.dueUs / 1000;
    this.latencyUs = fields.latencyUs;
    this.latencyMs = fields.latencyUs / 1000;
    this.status = fields.status;
    this.error = fields.error;
    this.isOk = fields.status >= 200 && fields.status < 400;
    this.headers = fields.headers;
    this.body = fields.body;
    this.connection = fields.connection;
  }

  /** The body as JSON; undefined when it is none or was not kept. */
  get json(): any {
    this.parsed ??= { value: parse(this.body) };
    return this.parsed.value;
  }

  /** When the reply came: virtual ms since boot. */
  get endMs(): number {
    return this.dueMs + this.latencyMs;
  }
}

function parse(body: string | null): unknown {
  if (body === null) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
