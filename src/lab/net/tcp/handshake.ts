/** SYN, SYN-ACK and the listener's backlog (RFC 9293 §3.5). */

import { DROP, type NetErrorCode, RESET } from '../network.ts';
import { Ending } from './ending.ts';
import { CONNECTED } from './state.ts';

const SYN_TIMEOUT_US = 1_000_000;
/** tcp_syn_linear_timeouts, since Linux 6.5: so many repetitions follow each other in a second before the time doubles. */
const SYN_LINEAR_RETRIES = 4;
/** Those and tcp_syn_retries: SYNs after 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s, the end after 131 s. */
const SYN_RETRIES_MAX = SYN_LINEAR_RETRIES + 6;
/** tcp_synack_retries = 5: 1 + 2 + 4 + 8 + 16 + 32 s. */
const HANDSHAKE_EXPIRES_US = 63_000_000;

export abstract class Shaking extends Ending {
  /** Sends the SYN. */
  connect(): void {
    this.wire.record('connecting');
    this.sendSyn(this.lan.scheduler.nowUs);
  }

  /** There is nothing to connect to. */
  failAfter(delayUs: number, code: NetErrorCode): void {
    this.wire.record('connecting');
    this.timer = this.lan.scheduler.after(delayUs, () => {
      this.timer = null;
      this.fail(code, 'connect');
    });
  }

  protected sendSyn(nowUs: number): void {
    const { scheduler } = this.lan;
    const decision = this.route.decide('syn', this.id, 0);
    if (decision === DROP) {
      this.recordPacket(nowUs, 0, 'dropped');
      this.retrySyn(nowUs);
    } else if (decision === RESET) {
      this.timer = scheduler.at(nowUs + this.route.latencyUs + this.back.latencyUs, () => this.refuse());
    } else {
      this.timer = scheduler.at(nowUs + this.route.latencyUs + decision, () => this.synArrived(nowUs));
    }
  }

  /** Nothing came back. */
  protected retrySyn(sentUs: number): void {
    const { scheduler } = this.lan;
    const timeoutUs = SYN_TIMEOUT_US * (1 << Math.max(0, this.retries - SYN_LINEAR_RETRIES));
    this.timer = scheduler.at(Math.max(sentUs + timeoutUs, scheduler.nowUs), () => {
      this.timer = null;
      if (this.retries === SYN_RETRIES_MAX) return this.fail('ETIMEDOUT', 'connect');
      this.retries++;
      this.recordPacket(scheduler.nowUs, 0, 'retransmitted');
      this.sendSyn(scheduler.nowUs);
    });
  }

  /** At the server's kernel. Its process has no part in it, so it may be paused. */
  protected synArrived(sentUs: number): void {
    const { scheduler } = this.lan;
    this.timer = null;
    if (this.peer === null) {
      const listener = this.remote.isUp ? this.remote.listenerFor(this.remotePort, this.route.isLoopback) : undefined;
      if (listener === undefined) {
        const decision = this.back.decide('rst', this.id, 0);
        if (decision === DROP) this.retrySyn(sentUs);
        else {
          const delayUs = this.back.latencyUs + Math.max(0, decision);
          this.timer = scheduler.after(delayUs, () => this.refuse());
        }
        return;
      }
      // Linux drops rather than refuses, so that the client tries again in a second.
      if (listener.isFull) {
        this.retrySyn(sentUs);
        return;
      }
      this.peer = this.createPeer(listener);
    }
    const decision = this.back.decide('syn-ack', this.id, 0);
    if (decision === DROP) {
      this.retrySyn(sentUs);
      return;
    }
    if (decision === RESET) {
      this.cut();
      return;
    }
    const dueUs = scheduler.nowUs + this.back.latencyUs + decision;
    // A reset that the server sends next must not come first.
    this.peer.lastArrivalUs = dueUs;
    this.rttUs = dueUs - sentUs;
    this.peer.rttUs = this.rttUs;
    scheduler.at(dueUs, () => this.synAckArrived());
  }

  protected synAckArrived(): void {
    if (this.state === 'gone') {
      this.sendRst();
      return;
    }
    if (this.state !== 'connecting') return;
    this.retries = 0;
    this.becomeOpen();
    this.wire.record('open');
    this.wire.watch(this.host, this.remote, this.peer!);
    this.earlyCauses?.forEach((cause, i) => {
      this.wire.observer!.sent(this.unsent[i]!, cause);
    });
    this.earlyCauses = null;
    this.mustOpen = true;
    this.transmit(this.lan.scheduler.nowUs, false);
    this.notices |= CONNECTED;
    this.wake();
  }

  /** The caller is gone. It may not have been able to say so, but the server does not wait for ever. */
  override expireHandshake(): void {
    this.timer ??= this.lan.scheduler.after(HANDSHAKE_EXPIRES_US, () => {
      this.becomeOver();
      this.die();
    });
  }

  protected becomeOpen(): void {
    this.state = 'open';
    this.timer = this.disarm(this.timer);
    this.lastHeardUs = this.lan.scheduler.nowUs;
    this.isCounted = true;
    this.host.openConnections++;
    this.watchIdle();
  }

  protected refuse(): void {
    this.timer = null;
    this.fail('ECONNREFUSED', 'connect');
  }
}
