/**
 * Connections and listeners as a program holds them. The network's own objects lead to the scheduler, the trace and the
 * peers, and what a socket holds can be reached by any program (`socket._handle.connection`); these lead nowhere.
 */
import type { Connection, ConnectionHandler, Listener } from '../net/network.ts';

export class ProgramConnection implements Connection {
  readonly #end: Connection;

  constructor(end: Connection) {
    this.#end = end;
  }

  get id(): number {
    return this.#end.id;
  }
  get localAddress(): string {
    return this.#end.localAddress;
  }
  get localPort(): number {
    return this.#end.localPort;
  }
  get remoteAddress(): string {
    return this.#end.remoteAddress;
  }
  get remotePort(): number {
    return this.#end.remotePort;
  }
  get handler(): ConnectionHandler {
    return this.#end.handler;
  }
  set handler(handler: ConnectionHandler) {
    this.#end.handler = handler;
  }
  get bytesQueued(): number {
    return this.#end.bytesQueued;
  }
  get bytesRead(): number {
    return this.#end.bytesRead;
  }
  get bytesWritten(): number {
    return this.#end.bytesWritten;
  }

  write(bytes: Uint8Array, cause: number): boolean {
    return this.#end.write(bytes, cause);
  }
  end(): void {
    this.#end.end();
  }
  reset(): void {
    this.#end.reset();
  }
  close(): void {
    this.#end.close();
  }
  pauseReading(): void {
    this.#end.pauseReading();
  }
  resumeReading(): void {
    this.#end.resumeReading();
  }
  setKeepAlive(on: boolean, initialDelayMs: number): void {
    this.#end.setKeepAlive(on, initialDelayMs);
  }
}

export class ProgramListener implements Listener {
  readonly #listener: Listener;
  readonly address: string;
  readonly port: number;

  constructor(listener: Listener) {
    this.#listener = listener;
    this.address = listener.address;
    this.port = listener.port;
  }

  close(): void {
    this.#listener.close();
  }
}
