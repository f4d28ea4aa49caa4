/**
 * Heartbeats (rabbit_heartbeat.erl): every half of the timeout one is sent where nothing else was; twice the timeout
 * without a byte from the client, counted in whole timeouts, and the client is taken for dead.
 */
import type { ServerMachine } from '../../server.ts';

export class Heartbeat {
  private readonly machine: ServerMachine;
  private readonly on: { readonly send: () => void; readonly timeout: () => void };
  private hasSent = false;
  private hasReceived = false;
  private silent = 0;
  private isPaused = false;
  private stops: (() => void)[] = [];

  constructor(machine: ServerMachine, on: { readonly send: () => void; readonly timeout: () => void }) {
    this.machine = machine;
    this.on = on;
  }

  /** 0 s: none. */
  start(timeoutS: number): void {
    if (timeoutS === 0) return;
    this.every(timeoutS * 500, 0, () => {
      if (!this.hasSent) this.on.send();
      this.hasSent = false;
    });
    this.every(timeoutS * 1000, 1, () => {
      if (this.isPaused) return;
      if (this.hasReceived) this.silent = 0;
      else this.silent++;
      this.hasReceived = false;
      if (this.silent >= 2) this.on.timeout();
    });
  }

  sent(): void {
    this.hasSent = true;
  }

  received(): void {
    this.hasReceived = true;
  }

  /** While the socket is not read, silence means nothing. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.silent = 0;
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops = [];
  }

  private every(ms: number, slot: number, run: () => void): void {
    const again = () => {
      this.stops[slot] = this.machine.after(ms, () => {
        again();
        run();
      });
    };
    again();
  }
}
