/**
 * Between a socket and its kernel connection, what libuv's TCP handle is in Node: reading on and off, references that
 * keep the process alive, and closing. Runs the socket's callbacks in the socket's async context.
 */
import type { AsyncContext, Connection, ConnectionHandler, NetErrorCode } from '../kernel.ts';

const SILENT: ConnectionHandler = {
  onConnect() {},
  onData() {},
  onEnd() {},
  onDrain() {},
  onError() {},
  onClose() {},
};

/** What the handle tells its socket; the socket's own methods, in the socket's context. */
export interface HandleOwner {
  _context: AsyncContext;
  _onConnected(handle: Handle): void;
  _onBytes(chunk: Uint8Array): void;
  _onEof(): void;
  _onDrained(): void;
  _onFailed(handle: Handle, code: NetErrorCode, syscall: 'connect' | 'read' | 'write'): void;
}

export class Handle implements ConnectionHandler {
  connection: Connection | null = null;
  isReading = true;
  private readonly owner: HandleOwner;
  private isRef = false;
  private isDead = false;
  private isClosed = false;

  constructor(owner: HandleOwner) {
    this.owner = owner;
    this.ref();
  }

  connect(address: string, port: number): void {
    this.connection = __kernel.connect(address, port, this);
  }

  accept(connection: Connection): void {
    this.connection = connection;
    connection.handler = this;
  }

  ref(): void {
    if (this.isRef || this.isClosed) return;
    this.isRef = true;
    __kernel.ref();
  }

  unref(): void {
    if (!this.isRef) return;
    this.isRef = false;
    __kernel.unref();
  }

  hasRef(): boolean {
    return this.isRef;
  }

  readStart(): void {
    if (this.isReading) return;
    this.isReading = true;
    this.connection?.resumeReading();
  }

  readStop(): void {
    if (!this.isReading) return;
    this.isReading = false;
    this.connection?.pauseReading();
  }

  /** Frees the connection; `onClosed` is called in a later turn of the loop, as libuv's close callbacks are. */
  close(how: 'close' | 'reset', onClosed: (() => void) | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { connection } = this;
    if (connection !== null) {
      connection.handler = SILENT;
      if (!this.isDead) connection[how]();
    }
    if (onClosed === null) {
      this.unref();
      return;
    }
    // The reference goes with the callback: a closing handle keeps the loop alive.
    __kernel.setImmediate(() => {
      this.unref();
      onClosed();
    });
  }

  onConnect(): void {
    const before = this.enter();
    this.owner._onConnected(this);
    __kernel.setContext(before);
  }

  onData(chunk: Uint8Array): void {
    const before = this.enter();
    this.owner._onBytes(chunk);
    __kernel.setContext(before);
  }

  onEnd(): void {
    const before = this.enter();
    this.owner._onEof();
    __kernel.setContext(before);
  }

  onDrain(): void {
    const before = this.enter();
    this.owner._onDrained();
    __kernel.setContext(before);
  }

  onError(code: NetErrorCode, syscall: 'connect' | 'read' | 'write'): void {
    this.isDead = true;
    const before = this.enter();
    this.owner._onFailed(this, code, syscall);
    __kernel.setContext(before);
  }

  onClose(): void {
    this.isDead = true;
  }

  /** For the lab's account of memory: what the socket's two streams hold. */
  heldBytes(): number {
    const { _writableState, _readableState } = this.owner as any;
    return (_writableState?.length ?? 0) + (_readableState?.length ?? 0);
  }

  private enter(): AsyncContext {
    const before = __kernel.getContext();
    __kernel.setContext(this.owner._context);
    return before;
  }
}
