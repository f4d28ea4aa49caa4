/** A server of a backend: up or down, by its checks and by what is observed of its traffic. */
import type { ServerSpec } from '../config/model.ts';

export type ServerState = 'UP' | 'DOWN' | 'MAINT' | 'no check';

export class BackendServer {
  readonly spec: ServerSpec;
  readonly backend: string;
  /** Null while no address is known. */
  address: string | null = null;
  state: ServerState;
  /** Checks in a row that spoke against the state. */
  against = 0;
  /** Errors in a row that were observed. */
  observedErrors = 0;
  upSinceMs = -Infinity;
  changedMs = 0;
  /** Being served now. */
  sessions = 0;
  sessionsMax = 0;
  sessionsTotal = 0;
  bytesIn = 0;
  bytesOut = 0;
  errorsConnect = 0;
  errorsResponse = 0;
  retries = 0;
  redispatches = 0;
  downs = 0;
  checksFailed = 0;
  responses = [0, 0, 0, 0, 0, 0];
  lastCheck = '';
  lastCheckCode = 0;
  /** Its last turn in round robin. */
  turn = 0;
  /** To be told when it goes down. */
  readonly onDown = new Set<() => void>();

  constructor(spec: ServerSpec, backend: string) {
    this.spec = spec;
    this.backend = backend;
    this.state = spec.isDisabled ? 'MAINT' : spec.isChecked ? 'UP' : 'no check';
  }

  get isUsable(): boolean {
    return (this.state === 'UP' || this.state === 'no check') && this.address !== null;
  }

  get hasRoom(): boolean {
    return this.spec.maxConn === 0 || this.sessions < this.spec.maxConn;
  }

  /** Its weight now: it grows from little to all of it while it starts slowly. */
  weightAt(nowMs: number): number {
    const { weight, slowStartMs } = this.spec;
    if (slowStartMs === 0 || this.state !== 'UP') return weight;
    const share = (nowMs - this.upSinceMs) / slowStartMs;
    return share >= 1 ? weight : weight * Math.max(0.05, share);
  }
}
