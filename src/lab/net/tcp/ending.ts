/** The ways in which a connection ends: RST from here, from between, a failure, and the kernel finishing alone. */

import type { LabListener } from '../host.ts';
import { DROP, type Host, type NetErrorCode } from '../network.ts';
import { Segment } from '../segment.ts';
import { Retransmitting } from './retransmission.ts';
import { ACCEPTED, CLOSED, FAILED } from './state.ts';

export abstract class Ending extends Retransmitting {
  override sendRst(): void {
    if (this.peer === null) return;
    const { nowUs } = this.lan.scheduler;
    const decision = this.route.decide('rst', this.id, 0);
    if (decision === DROP) this.recordPacket(nowUs, 0, 'dropped');
    else this.pushRst(nowUs, Math.max(0, decision));
  }

  protected pushRst(nowUs: number, delayUs: number): void {
    const segment = new Segment(nowUs, this.remote.slab);
    segment.rst = true;
    segment.isSealed = true;
    segment.dueUs = nowUs + this.route.latencyUs + delayUs;
    segment.ackUs = this.enqueue(segment);
  }

  /** Something between the ends resets the connection. */
  protected override cut(): void {
    const { nowUs } = this.lan.scheduler;
    this.isStalled = true;
    this.pushRst(nowUs, 0);
    this.peer!.pushRst(nowUs, 0);
  }

  /** A middlebox sends RST both ways when `concerns` says so; true when it did. */
  cutIf(concerns: (client: Host, server: Host, connection: number) => boolean): boolean {
    if (!this.isActive || this.state !== 'open' || !concerns(this.host, this.remote, this.id)) return false;
    this.cut();
    return true;
  }

  /** The connection failed here; the peer is not told. */
  protected override fail(code: NetErrorCode, syscall: 'connect' | 'read'): void {
    this.die();
    this.wire.finish(code === 'ECONNREFUSED' ? 'refused' : code === 'ETIMEDOUT' ? 'timed-out' : 'closed', code);
    if (this.isActive) this.wire.fail('timeout');
    if (this.isAbandoned || this.isOver) return;
    this.error = code;
    this.errorSyscall = syscall;
    this.notices |= FAILED;
    this.wake();
  }

  /** The owner wants nothing more of it than to hear that it is closed. */
  protected abandon(): void {
    this.isAbandoned = true;
    this.dropReceived();
    if (this.isActive) this.wire.fail('aborted');
    this.notices = 0;
    this.tellLater(CLOSED);
  }

  protected die(): void {
    // An open connection in the backlog is accepted all the same, as on Linux; its owner then reads what ended it.
    if (this.listener !== null && (this.isOver || (this.notices & ACCEPTED) === 0)) {
      this.listener.waiting--;
      this.listener = null;
    }
    this.unsent = [];
    this.unsentBytes = 0;
    this.timer = this.disarm(this.timer);
    this.wakeEvent = this.disarm(this.wakeEvent);
    this.release(false);
  }

  /** The process is dead: RST to the peer, and nothing is told to anybody here. */
  ownerDied(): void {
    if (this.state === 'open' || this.state === 'accepting') this.sendRst();
    this.becomeOver();
    this.dropReceived();
    if (this.isActive) this.wire.fail('aborted');
    this.wire.finish('reset');
    this.die();
  }

  /** A connection that the process has not accepted dies with its listener. */
  listenerClosed(listener: LabListener): void {
    if (this.listener !== listener) return;
    this.sendRst();
    this.becomeOver();
    this.die();
  }
}
