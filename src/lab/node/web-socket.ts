/**
 * The WebSocket global: a client of RFC 6455 over node:http's upgrade, without extensions. Source: the WebSockets
 * standard, undici's lib/web/websocket for words. Part of the full built-ins.
 */
import { defineEventHandler, Event, EventTarget } from './event-target.ts';
import { Blob } from './fetch/index.ts';
import http from './http/index.ts';
import { MessageEvent } from './messaging.ts';
import { randomUUID } from './web-crypto.ts';

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
/** A server that does not answer the closing handshake loses the connection after this. */
const CLOSING_MS_MAX = 3000;

export class CloseEvent extends Event {
  readonly wasClean: boolean;
  readonly code: number;
  readonly reason: string;
  constructor(type: string, init: any = {}) {
    super(type, init);
    this.wasClean = Boolean(init?.wasClean);
    this.code = Number(init?.code ?? 0);
    this.reason = `${init?.reason ?? ''}`;
  }
}

class ErrorEvent extends Event {
  readonly error: unknown;
  readonly message: string;
  constructor(error: any) {
    super('error');
    this.error = error;
    this.message = error?.message ?? '';
  }
}

export class WebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly #url: URL;
  #state = 0;
  #binaryType = 'blob';
  #protocol = '';
  #request: any = null;
  #socket: any = null;
  #queued = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #message: Buffer[] = [];
  #opcode = 0;
  #hasSentClose = false;
  #received: { code: number; reason: string } | null = null;
  #isClosed = false;

  constructor(url: any, protocols: any = []) {
    super();
    this.#url = parseUrl(url);
    const wanted = typeof protocols === 'string' ? [protocols] : [...(protocols?.protocols ?? protocols)];
    if (new Set(wanted.map((one) => `${one}`.toLowerCase())).size !== wanted.length || !wanted.every(isToken)) {
      throw new DOMException('Invalid Sec-WebSocket-Protocol value', 'SyntaxError');
    }
    this.#connect(wanted);
  }

  get url(): string {
    return this.#url.href;
  }
  get readyState(): number {
    return this.#state;
  }
  get protocol(): string {
    return this.#protocol;
  }
  get extensions(): string {
    return '';
  }
  get bufferedAmount(): number {
    return this.#queued;
  }
  get binaryType(): string {
    return this.#binaryType;
  }
  set binaryType(type: string) {
    this.#binaryType = type === 'arraybuffer' ? type : 'blob';
  }

  send(data: any): void {
    if (this.#state === 0) throw new DOMException('Sent before connected.', 'InvalidStateError');
    if (this.#state !== 1) return;
    if (data instanceof Blob) {
      void data.bytes().then((bytes) => this.#write(BINARY, Buffer.from(bytes)));
      return;
    }
    const isBytes = data instanceof ArrayBuffer || ArrayBuffer.isView(data);
    this.#write(isBytes ? BINARY : TEXT, isBytes ? bufferOf(data) : Buffer.from(`${data}`));
  }

  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException('invalid code', 'InvalidAccessError');
    }
    const text = Buffer.from(`${reason}`);
    if (text.length > 123) {
      throw new DOMException(`Reason must be less than 123 bytes; received ${text.length}`, 'SyntaxError');
    }
    if (this.#state >= 2) return;
    if (this.#state === 0) {
      this.#state = 2;
      this.#request.destroy();
      this.#fail(new Error('WebSocket was closed before the connection was established'));
      return;
    }
    this.#state = 2;
    this.#sendClose(code, text);
  }

  #connect(wanted: readonly string[]): void {
    const { hostname, port, pathname, search, host } = this.#url;
    const key = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64');
    const request = http.request({
      hostname,
      port: port || 80,
      path: pathname + search,
      headers: {
        host,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': key,
        'sec-websocket-version': '13',
        ...(wanted.length > 0 ? { 'sec-websocket-protocol': wanted.join(', ') } : {}),
        'user-agent': 'node',
      },
    });
    this.#request = request;
    request.on('error', (error: unknown) => this.#fail(error));
    request.on('response', (response: any) => {
      response.resume();
      request.destroy();
      this.#fail(new Error('Received network error or non-101 status code.'));
    });
    request.on('upgrade', (response: any, socket: any, head: Buffer) => {
      const { createHash }: any = process.getBuiltinModule('crypto');
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      const protocol = response.headers['sec-websocket-protocol'];
      if (
        response.headers['sec-websocket-accept'] !== accept ||
        (protocol !== undefined && !wanted.includes(protocol))
      ) {
        socket.destroy();
        this.#fail(new Error('Incorrect handshake.'));
        return;
      }
      this.#protocol = protocol ?? '';
      this.#open(socket, head);
    });
    request.end();
  }

  #open(socket: any, head: Buffer): void {
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    this.#state = 1;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
    socket.on('close', () => this.#finish());
    this.dispatchEvent(new Event('open'));
    if (head.length > 0) this.#take(head);
  }

  #take(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const bytes = this.#bytes;
      if (bytes.length < 2 || this.#isClosed) return;
      let length = bytes[1]! & 127;
      let at = 2;
      if (length === 126) {
        if (bytes.length < 4) return;
        length = bytes.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (bytes.length < 10) return;
        length = Number(bytes.readBigUInt64BE(2));
        at = 10;
      }
      // A server's frames are not masked, and without an extension no reserved bit is set.
      if ((bytes[1]! & 128) !== 0 || (bytes[0]! & 0x70) !== 0) {
        this.#abort(1002);
        return;
      }
      if (bytes.length < at + length) return;
      this.#bytes = bytes.subarray(at + length);
      this.#frame(bytes[0]! & 15, (bytes[0]! & 128) !== 0, bytes.subarray(at, at + length));
    }
  }

  #frame(opcode: number, isLast: boolean, payload: Buffer): void {
    if (opcode === PING) this.#write(PONG, payload);
    else if (opcode === CLOSE) this.#closeReceived(payload);
    else if (opcode === TEXT || opcode === BINARY || opcode === CONTINUATION) {
      if (opcode !== CONTINUATION) this.#opcode = opcode;
      this.#message.push(payload);
      if (!isLast) return;
      const whole = Buffer.concat(this.#message.splice(0));
      if (this.#state !== 1) return;
      const bytes = new Uint8Array(whole);
      const data =
        this.#opcode === TEXT ? whole.toString() : this.#binaryType === 'blob' ? new Blob([bytes]) : bytes.buffer;
      this.dispatchEvent(new MessageEvent('message', { data, origin: this.#url.origin }));
    } else if (opcode !== PONG) this.#abort(1002);
  }

  #closeReceived(payload: Buffer): void {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    this.#received = { code, reason: payload.subarray(2).toString() };
    this.#state = 2;
    if (!this.#hasSentClose) this.#sendClose(code === 1005 ? undefined : code, Buffer.alloc(0));
    this.#socket.end();
  }

  #sendClose(code: number | undefined, reason: Buffer): void {
    if (this.#hasSentClose) return;
    const payload = Buffer.alloc(code === undefined && reason.length === 0 ? 0 : 2 + reason.length);
    if (payload.length > 0) {
      payload.writeUInt16BE(code ?? 1000, 0);
      reason.copy(payload, 2);
    }
    this.#write(CLOSE, payload);
    this.#hasSentClose = true;
    setTimeout(() => this.#socket.destroy(), CLOSING_MS_MAX).unref();
  }

  /** RFC 6455 §5.2; a client masks. */
  #write(opcode: number, payload: Buffer): void {
    if (this.#hasSentClose || this.#socket === null) return;
    const { length } = payload;
    const size = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const frame = Buffer.alloc(6 + size + length);
    frame[0] = 128 | opcode;
    frame[1] = 128 | (size === 0 ? length : size === 2 ? 126 : 127);
    if (size === 2) frame.writeUInt16BE(length, 2);
    else if (size === 8) frame.writeBigUInt64BE(BigInt(length), 2);
    const mask = new Uint8Array(4);
    __kernel.fillRandom(mask);
    frame.set(mask, 2 + size);
    for (let i = 0; i < length; i++) frame[6 + size + i] = payload[i]! ^ mask[i & 3]!;
    this.#queued += length;
    this.#socket.write(frame, () => {
      this.#queued -= length;
    });
  }

  #abort(code: number): void {
    this.#sendClose(code, Buffer.alloc(0));
    this.dispatchEvent(new ErrorEvent(new Error('Invalid frame received.')));
    this.#socket.destroy();
  }

  /** The connection never opened. */
  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#state = 2;
    setImmediate(() => {
      this.#state = 3;
      this.dispatchEvent(new ErrorEvent(error));
      this.dispatchEvent(new CloseEvent('close', { code: 1006 }));
    });
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#state = 3;
    const wasClean = this.#received !== null && this.#hasSentClose;
    if (this.#received === null) this.dispatchEvent(new ErrorEvent(new Error('Connection was closed abnormally.')));
    const { code, reason } = this.#received ?? { code: 1006, reason: '' };
    this.dispatchEvent(new CloseEvent('close', { wasClean, code, reason }));
  }

  override get [Symbol.toStringTag]() {
    return 'WebSocket';
  }
}
for (const type of ['open', 'message', 'error', 'close']) defineEventHandler(WebSocket.prototype, type);

function parseUrl(url: any): URL {
  let parsed: URL;
  try {
    parsed = new URL(`${url}`);
  } catch (error) {
    throw new DOMException(`${error}`, 'SyntaxError');
  }
  if (parsed.protocol === 'http:') parsed.protocol = 'ws:';
  if (parsed.protocol === 'https:') parsed.protocol = 'wss:';
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new DOMException('expected a ws: or wss: url', 'SyntaxError');
  }
  if (parsed.hash !== '' || parsed.href.endsWith('#')) throw new DOMException('hash', 'SyntaxError');
  if (parsed.protocol === 'wss:') {
    throw new Error('wss: is not part of the lab for the WebSocket global. Use ws:, or the package ws.');
  }
  return parsed;
}

const isToken = (one: unknown) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(`${one}`);

function bufferOf(data: any): Buffer {
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
