/**
 * The body of a Request or Response: bytes that are there, or come from the network. `Body` is what the methods of
 * both read; `BodyStream` is what `response.body` shows of it, the part of ReadableStream that programs use.
 */
import { notLoaded } from '../full-names.ts';
import { concatBytes, utf8Bytes, utf8Length, utf8Text } from '../http/bytes.ts';
import { customInspect } from '../util/inspect.ts';
import { Blob, bytesOfBlob } from './blob.ts';
import { encodeForm, FormData } from './form-data.ts';
import { web } from './web.ts';

/** Unread bytes above this stop the connection until somebody reads. */
const HIGH_WATER_MARK = 65_536;

export class Body {
  /** Whether a reader, or a method such as json(), has taken it. */
  isLocked = false;
  /** Something was read: nobody else can. */
  isUsed = false;
  /** All bytes have come. */
  isDone = false;
  /** It goes over the network, where a stream may also give text. */
  isSent = false;
  error: unknown = undefined;
  hasFailed = false;
  /** The source's other end, told when reading stops and goes on. */
  onPause: (() => void) | null = null;
  onResume: (() => void) | null = null;
  onCancel: ((reason: unknown) => void) | null = null;
  /** Told at the end, however it came. */
  onSettled: (() => void) | null = null;
  /** The web stream that shows it, or that it reads; see web.ts. */
  stream: any = null;
  /** Keeps others from reading the stream that shows it. */
  lockStream: (() => void) | null = null;
  private chunks: Uint8Array[] = [];
  private size = 0;
  private isPaused = false;
  private wanted: (() => void) | null = null;
  private branches: Body[] | null = null;

  static of(bytes: Uint8Array): Body {
    const body = new Body();
    if (bytes.length > 0) body.chunks.push(bytes);
    body.isDone = true;
    return body;
  }

  /** Pulls from an async or sync iterable of bytes, as it is read. */
  static from(iterable: AsyncIterable<unknown> | Iterable<unknown>): Body {
    const body = new Body();
    const iterator: any = (iterable as any)[Symbol.asyncIterator]?.() ?? (iterable as any)[Symbol.iterator]();
    let isPulling = false;
    const pull = () => {
      if (isPulling || body.isDone || body.hasFailed) return;
      isPulling = true;
      Promise.resolve(iterator.next()).then(
        ({ done, value }) => {
          isPulling = false;
          if (done) body.end();
          else {
            body.push(chunkBytes(value));
            if (body.wanted !== null) pull();
          }
        },
        (error) => body.fail(error),
      );
    };
    body.onResume = pull;
    body.onCancel = (reason) => void iterator.return?.(reason);
    body.isPaused = true;
    return body;
  }

  /** Nobody else can read it. */
  get isTaken(): boolean {
    return this.isUsed || this.isLocked || (this.stream !== null && web.bodies!.isTaken(this.stream));
  }

  // --- the writing side

  push(chunk: Uint8Array): void {
    if (this.branches !== null) {
      for (const branch of this.branches) branch.push(chunk);
      return;
    }
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size >= HIGH_WATER_MARK && this.wanted === null && !this.isPaused && this.onPause !== null) {
      this.isPaused = true;
      this.onPause();
    }
    this.wake();
  }

  end(): void {
    this.isDone = true;
    for (const branch of this.branches ?? []) branch.end();
    this.wake();
    this.onSettled?.();
  }

  fail(error: unknown): void {
    if (this.isDone || this.hasFailed) return;
    this.hasFailed = true;
    this.error = error;
    for (const branch of this.branches ?? []) branch.fail(error);
    this.wake();
    this.onSettled?.();
  }

  // --- the reading side

  /** The next bytes now, null when there are none yet; `isDone` and `hasFailed` tell about the end. */
  take(): Uint8Array | null {
    const chunk = this.chunks.shift() ?? null;
    if (chunk !== null) this.size -= chunk.length;
    return chunk;
  }

  get isDrained(): boolean {
    return this.chunks.length === 0;
  }

  /** Calls once when something changed; asks the source for more. */
  want(callback: () => void): void {
    this.wanted = callback;
    if (this.isPaused) {
      if (this.onPause !== null) this.isPaused = false;
      this.onResume?.();
    }
  }

  /** All of it, when it has come. `callback` gets the error when it failed. */
  whole(callback: (error: { readonly reason: unknown } | null, bytes: Uint8Array) => void): void {
    if (this.hasFailed) callback({ reason: this.error }, NOTHING);
    else if (this.isDone) {
      const { chunks } = this;
      this.chunks = [];
      callback(null, chunks.length === 0 ? NOTHING : concatBytes(chunks));
    } else this.want(() => this.whole(callback));
  }

  cancel(reason: unknown): void {
    if (this.isDone || this.hasFailed) return;
    this.chunks = [];
    this.isDone = true;
    this.onCancel?.(reason);
    this.wake();
  }

  /** Two bodies that both get what is there and what comes. */
  tee(): [Body, Body] {
    if (this.stream !== null) {
      const [first, second] = this.stream.tee();
      return [web.bodies!.bodyFrom(first), web.bodies!.bodyFrom(second)];
    }
    const branches: [Body, Body] = [new Body(), new Body()];
    for (const branch of branches) {
      for (const chunk of this.chunks) branch.push(chunk);
      if (this.isDone) branch.end();
      if (this.hasFailed) branch.fail(this.error);
      branch.isPaused = true;
      branch.onResume = () => {
        if (this.isPaused) {
          if (this.onPause !== null) this.isPaused = false;
          this.onResume?.();
        }
      };
    }
    this.chunks = [];
    this.branches = branches;
    this.isLocked = true;
    return branches;
  }

  private wake(): void {
    const { wanted } = this;
    this.wanted = null;
    wanted?.();
  }
}

const NOTHING = new Uint8Array(0);

/** A body from what a program gives, with the content type that goes with it. */
export function extractBody(input: any): { body: Body; bytes: Uint8Array | null; type: string | null } {
  if (typeof input === 'string') return ready(utf8Bytes(input, utf8Length(input)), 'text/plain;charset=UTF-8');
  if (input instanceof URLSearchParams) {
    const text = input.toString();
    return ready(utf8Bytes(text, utf8Length(text)), 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  if (input instanceof ArrayBuffer || ArrayBuffer.isView(input)) return ready(chunkBytes(input).slice(), null);
  if (input instanceof Blob) return ready(bytesOfBlob(input), input.type || null);
  if (input instanceof FormData) {
    const { bytes, type } = encodeForm(input);
    return ready(bytes, type);
  }
  if (web.bodies?.isStream(input)) return { body: web.bodies.bodyFrom(input), bytes: null, type: null };
  if (input instanceof BodyStream) return { body: bodyOf(input), bytes: null, type: null };
  if (typeof input?.[Symbol.asyncIterator] === 'function') return { body: Body.from(input), bytes: null, type: null };
  const text = `${input}`;
  return ready(utf8Bytes(text, utf8Length(text)), 'text/plain;charset=UTF-8');
}

function ready(bytes: Uint8Array, type: string | null) {
  return { body: Body.of(bytes), bytes, type };
}

function chunkBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === 'string') return utf8Bytes(chunk, utf8Length(chunk));
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError('Received non-Uint8Array chunk');
}

// --- what Request and Response share

/** Takes the body for one of the methods below. */
function consume<T>(body: Body | null, convert: (bytes: Uint8Array) => T): Promise<T> {
  if (body === null) return new Promise((resolve) => resolve(convert(NOTHING)));
  if (body.isTaken) {
    return Promise.reject(new TypeError('Body is unusable: Body has already been read'));
  }
  body.isUsed = true;
  body.isLocked = true;
  body.lockStream?.();
  return new Promise((resolve, reject) => {
    body.whole((error, bytes) => {
      if (error !== null) {
        reject(error.reason);
        return;
      }
      try {
        resolve(convert(bytes));
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}

function textOf(bytes: Uint8Array): string {
  const hasMark = bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return utf8Text(hasMark ? bytes.subarray(3) : bytes);
}

let setBody: (owner: BodyOwner, body: Body | null) => void;
let getBody: (owner: BodyOwner) => Body | null;

/** json(), text() and so on. */
export class BodyOwner {
  #body: Body | null = null;
  #stream: BodyStream | null = null;

  static {
    setBody = (owner, body) => {
      owner.#body = body;
      owner.#stream = null;
    };
    getBody = (owner) => owner.#body;
  }

  get body(): BodyStream | null {
    if (this.#body === null) return null;
    if (web.bodies !== null) return (this.#body.stream ??= web.bodies.streamOf(this.#body));
    this.#stream ??= makeStream(this.#body);
    return this.#stream;
  }

  get bodyUsed(): boolean {
    const body = this.#body;
    return body !== null && (body.isUsed || (body.stream !== null && web.bodies!.isDisturbed(body.stream)));
  }

  json(): Promise<any> {
    return consume(this.#body, (bytes) => JSON.parse(textOf(bytes)));
  }

  text(): Promise<string> {
    return consume(this.#body, textOf);
  }

  bytes(): Promise<Uint8Array> {
    return consume(this.#body, (bytes) => bytes.slice());
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return consume(this.#body, (bytes) => bytes.slice().buffer as ArrayBuffer);
  }

  blob(): Promise<Blob> {
    const type = (this as any).headers.get('content-type') ?? '';
    return consume(this.#body, (bytes) => new Blob([bytes], { type }));
  }

  formData(): Promise<FormData> {
    const { bodies } = web;
    if (bodies === null) return Promise.reject(new Error(notLoaded('formData() of a received body')));
    const type = (this as any).headers.get('content-type');
    return consume(this.#body, (bytes) => bodies.parseForm(bytes, type));
  }
}

export { getBody, setBody };

// --- the stream

let makeStream: (body: Body) => BodyStream;
let bodyOf: (stream: BodyStream) => Body;

/** The part of ReadableStream that a body's reader needs: getReader, async iteration, cancel. */
export class BodyStream {
  #body: Body = Body.of(NOTHING);
  #reader: Reader | null = null;

  [customInspect](depth: number, options: any, inspect: any) {
    if (depth < 0) return undefined;
    const state = this.#body.hasFailed ? 'errored' : this.#body.isDone && this.#body.isDrained ? 'closed' : 'readable';
    return `ReadableStream ${inspect({ locked: this.locked, state, supportsBYOB: true }, options)}`;
  }

  static {
    makeStream = (body) => {
      const stream = new BodyStream();
      stream.#body = body;
      return stream;
    };
    bodyOf = (stream) => stream.#body;
  }

  get locked(): boolean {
    return this.#body.isLocked;
  }

  getReader(): Reader {
    if (this.#body.isLocked) {
      throw Object.assign(new TypeError('Invalid state: ReadableStream is locked'), { code: 'ERR_INVALID_STATE' });
    }
    this.#body.isLocked = true;
    this.#reader = new Reader(this.#body);
    return this.#reader;
  }

  cancel(reason?: unknown): Promise<void> {
    if (this.#body.isLocked) {
      const error = new TypeError('Invalid state: ReadableStream is locked');
      return Promise.reject(Object.assign(error, { code: 'ERR_INVALID_STATE' }));
    }
    this.#body.isUsed = true;
    this.#body.cancel(reason);
    return Promise.resolve();
  }

  values(options: any = {}): AsyncIterableIterator<Uint8Array> {
    const reader = this.getReader();
    const isKept = Boolean(options?.preventCancel);
    return {
      next: () =>
        reader.read().then((result) => {
          if (result.done) reader.releaseLock();
          return result as IteratorResult<Uint8Array>;
        }),
      return: (value?: any) => {
        const ending = isKept ? Promise.resolve() : reader.cancel(value);
        reader.releaseLock();
        return ending.then(() => ({ done: true, value }));
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return this.values();
  }

  tee(): [BodyStream, BodyStream] {
    const [first, second] = this.#body.tee();
    return [makeStream(first), makeStream(second)];
  }

  pipeTo(): never {
    throw new Error(notLoaded('pipeTo() of a body'));
  }

  pipeThrough(): never {
    throw new Error(notLoaded('pipeThrough() of a body'));
  }

  get [Symbol.toStringTag]() {
    return 'ReadableStream';
  }
}
Object.defineProperty(BodyStream, 'name', { value: 'ReadableStream' });

class Reader {
  #body: Body | null;
  #waiting: (() => void)[] = [];

  constructor(body: Body) {
    this.#body = body;
  }

  get closed(): Promise<void> {
    return new Promise((resolve, reject) => {
      const body = this.#body;
      if (body === null) reject(new TypeError('Invalid state: The reader was released'));
      else if (body.hasFailed) reject(body.error);
      else if (body.isDone) resolve();
      else this.#waiting.push(() => (body.hasFailed ? reject(body.error) : resolve()));
    });
  }

  read(): Promise<{ done: boolean; value: Uint8Array | undefined }> {
    const body = this.#body;
    if (body === null) return Promise.reject(new TypeError('Invalid state: The reader is not attached to a stream'));
    body.isUsed = true;
    return new Promise((resolve, reject) => {
      const next = () => {
        const chunk = body.hasFailed ? null : body.take();
        if (chunk !== null) resolve({ done: false, value: chunk });
        else if (body.hasFailed) {
          this.#settle();
          reject(body.error);
        } else if (body.isDone) {
          this.#settle();
          resolve({ done: true, value: undefined });
        } else body.want(next);
      };
      next();
    });
  }

  cancel(reason?: unknown): Promise<void> {
    this.#body?.cancel(reason);
    return Promise.resolve();
  }

  releaseLock(): void {
    if (this.#body !== null) this.#body.isLocked = false;
    this.#body = null;
  }

  #settle(): void {
    for (const tell of this.#waiting.splice(0)) tell();
  }
}
