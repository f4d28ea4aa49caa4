/** One end of a TCP connection as its owner sees it; the layers below are the kernel's. */

import type { LabListener } from '../host.ts';
import type { Connection } from '../network.ts';
import { SEGMENT_BYTES_MAX } from '../segment.ts';
import { Receiving } from './receiving.ts';
import { SEND_BUFFER_BYTES } from './sending.ts';
import { CLOSED } from './state.ts';

export class TcpEnd extends Receiving implements Connection {
  /** What the kernel holds for its owner, and what its owner says that it holds itself. */
  get bufferedBytes(): number {
    return this.bytesQueued + this.receivedBytes + this.heldByOwner;
  }

  /** The owner is a program that may have done anything to its sockets. */
  private get heldByOwner(): number {
    try {
      const bytes = this.handler.heldBytes?.() ?? 0;
      return Number.isFinite(bytes) && bytes > 0 ? bytes : 0;
    } catch {
      return 0;
    }
  }

  write(bytes: Uint8Array, cause: number): boolean {
    const length = bytes.length;
    if (this.isAbandoned || this.isOver || length === 0) return true;
    if (this.state === 'gone' || this.hasEnded) return this.failWrite();
    if (this.host.onSend !== null) this.host.onSend();
    this.bytesWritten += length;
    const { nowUs } = this.lan.scheduler;
    if (this.state === 'open') {
      if (this.isActive) this.wire.observer!.sent(bytes, cause);
      this.prune();
      const isFree = this.unsentBytes === 0 && !this.isStalled && length <= SEGMENT_BYTES_MAX;
      if (isFree && length <= this.room) this.sendNow(bytes, nowUs);
      else {
        this.keepUnsent(bytes);
        this.transmit(nowUs, false);
      }
    } else {
      (this.earlyCauses ??= []).push(cause);
      this.keepUnsent(bytes);
    }
    if (this.unsentBytes + this.unackedBytes < SEND_BUFFER_BYTES) return true;
    this.wantsDrain = true;
    this.wakeAtAck();
    return false;
  }

  end(): void {
    if (this.hasEnded || this.isOver) return;
    this.hasEnded = true;
    if (this.state === 'open') this.sendFin();
    // The peer's end that has come and was not told yet is told first.
    if (this.isEndTold || (this.state === 'gone' && !this.hasFinArrived)) this.tellLater(CLOSED);
  }

  close(): void {
    if (this.isAbandoned || this.isOver) return;
    // Linux answers for data that nobody will read with a reset (RFC 2525 §2.17).
    if (this.state === 'open' && this.receivedBytes > 0) {
      this.reset();
      return;
    }
    if (this.state === 'connecting') this.die();
    const hadEnded = this.hasEnded;
    this.hasEnded = true;
    if (this.state === 'open' && !hadEnded) this.sendFin();
    this.abandon();
    // With both FINs exchanged nothing is left to wait for; otherwise the kernel finishes alone.
    if (this.hasFinLeft && this.hasFinArrived) this.die();
    else this.host.orphaned(this);
  }

  reset(): void {
    if (this.isAbandoned || this.isOver) return;
    if (this.state === 'open') this.sendRst();
    this.die();
    this.abandon();
  }

  pauseReading(): void {
    this.isReadingPaused = true;
  }

  resumeReading(): void {
    if (!this.isReadingPaused) return;
    this.isReadingPaused = false;
    if (this.hasNews) this.lan.scheduler.at(this.lan.scheduler.nowUs, () => this.wake());
  }

  setKeepAlive(on: boolean, initialDelayMs: number): void {
    if (this.state === 'gone' || this.isOver) return;
    this.keepAliveUs = on ? Math.max(1, Math.round(initialDelayMs)) * 1000 : 0;
    if (on) {
      this.lan.keptAlive.add(this);
      this.watchIdle();
    } else {
      this.lan.keptAlive.delete(this);
      this.keepAliveTimer = this.disarm(this.keepAliveTimer);
    }
  }

  protected override createPeer(listener: LabListener): TcpEnd {
    const peer = new TcpEnd({
      lan: this.lan,
      host: this.remote,
      remote: this.host,
      isActive: false,
      wire: this.wire,
      localAddress: this.remoteAddress,
      localPort: this.remotePort,
      remoteAddress: this.localAddress,
      remotePort: this.localPort,
    });
    peer.peer = this;
    peer.listener = listener;
    listener.waiting++;
    this.remote.ends.add(peer);
    return peer;
  }

  /** Both directions are done (`isOrderly`), or the connection is dead. */
  protected override release(isOrderly: boolean): void {
    if (this.state === 'gone') return;
    this.state = 'gone';
    this.keepAliveTimer = this.disarm(this.keepAliveTimer);
    if (this.keepAliveUs > 0) this.lan.keptAlive.delete(this);
    this.host.release(this, this.isActive, isOrderly && this.wasFirstToClose);
    this.uncount();
    if (this.isActive && this.peer?.state === 'accepting') this.peer.expireHandshake();
  }

  /** The peer has not closed in all the time that the kernel waits for it. */
  expireOrphan(): void {
    this.becomeOver();
    this.die();
  }

  protected override accept(): void {
    const listener = this.listener!;
    this.listener = null;
    listener.waiting--;
    listener.onConnection(this);
  }
}
