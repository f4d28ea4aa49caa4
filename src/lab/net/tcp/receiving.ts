/** What arrives: bytes into the receive buffer, FIN and RST. */

import type { Segment } from '../segment.ts';
import { Shaking } from './handshake.ts';
import { ACCEPTED, CLOSED, FAILED } from './state.ts';

export abstract class Receiving extends Shaking {
  override receive(segment: Segment): void {
    this.lastHeardUs = this.lan.scheduler.nowUs;
    if (segment.rst) {
      this.onRst();
      return;
    }
    if (this.state === 'gone' || (this.isAbandoned && segment.bytes > 0 && segment.lostTo === null)) {
      this.sendRst();
      this.die();
      return;
    }
    if (segment.opens) {
      this.becomeOpen();
      this.notices |= ACCEPTED;
    }
    if (segment.bytes > 0 && segment.lostTo === null) this.keepReceived(segment.view());
    if (segment.fin) {
      this.hasFinArrived = true;
      if (this.isActive) this.wire.observer!.serverEnded();
      if (this.hasFinLeft) this.release(true);
    }
    if (!this.isWaking && this.hasNews) this.wake();
  }

  protected keepReceived(bytes: Uint8Array): void {
    if (this.isActive) this.wire.observer!.received(bytes);
    this.receivedBytes += bytes.length;
    if (this.receivedFirst === null) this.receivedFirst = bytes;
    else (this.receivedRest ??= []).push(bytes);
  }

  protected onRst(): void {
    if (this.state === 'gone') return;
    if (this.state === 'connecting') {
      this.refuse();
      return;
    }
    if (this.state === 'accepting') {
      this.becomeOver();
      this.die();
      return;
    }
    const hasWriter = this.unsentBytes > 0 || this.wantsDrain;
    this.die();
    this.wire.finish('reset');
    if (this.isActive) this.wire.fail('reset');
    if (this.isAbandoned || this.isOver) return;
    // tcp_reset: after the peer's FIN a reset means that our bytes met a closed socket.
    this.error = this.hasFinArrived ? 'EPIPE' : 'ECONNRESET';
    if (!this.hasFinArrived) this.notices |= FAILED;
    else if (hasWriter) {
      this.errorSyscall = 'write';
      this.notices |= FAILED;
    } else if (this.hasEnded && this.isEndTold) this.notices |= CLOSED;
    // Otherwise nobody reads or writes: the owner learns of it at its next write.
    if (this.hasNews) this.wake();
  }
}
