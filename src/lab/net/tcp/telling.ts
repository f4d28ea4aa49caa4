/** What the owner is told, one thing at a time, as callbacks from its event loop. */

import { join } from '../segment.ts';
import { ACCEPTED, CLOSED, CONNECTED, DRAINED, EndState, FAILED } from './state.ts';

export abstract class Telling extends EndState {
  protected get hasNews(): boolean {
    if ((this.notices & (CONNECTED | ACCEPTED | DRAINED | CLOSED)) !== 0) return true;
    if ((this.notices & FAILED) !== 0 && (this.errorSyscall !== 'read' || !this.isReadingPaused)) return true;
    if (this.isReadingPaused || this.isAbandoned) return false;
    return this.receivedBytes > 0 || (this.hasFinArrived && !this.isEndTold);
  }

  protected wake(): void {
    if (this.isWaking) return;
    this.isWaking = true;
    this.host.deliver(this.tell);
  }

  /** Sets a notice from within a call of the owner, who must not be called back before it returns. */
  protected tellLater(notice: number): void {
    this.notices |= notice;
    this.lan.scheduler.at(this.lan.scheduler.nowUs, () => this.wake());
  }

  /** Tells the owner one thing, as one callback from the event loop; asks for another turn when there is more. */
  protected readonly tell = (): void => {
    this.isWaking = false;
    if (this.isOver) return;
    const { handler, notices } = this;
    if ((notices & CLOSED) !== 0) {
      this.tellClosed();
      return;
    }
    if ((notices & FAILED) !== 0 && this.errorSyscall !== 'read') {
      this.tellFailed();
      return;
    }
    if ((notices & ACCEPTED) !== 0) {
      this.notices &= ~ACCEPTED;
      this.accept();
    } else if ((notices & CONNECTED) !== 0) {
      this.notices &= ~CONNECTED;
      handler.onConnect();
    } else if (this.receivedBytes > 0 && !this.isReadingPaused) {
      const chunk = this.takeReceived();
      this.bytesRead += chunk.length;
      handler.onData(chunk);
    } else if (this.hasFinArrived && !this.isEndTold && !this.isReadingPaused) {
      this.isEndTold = true;
      handler.onEnd();
      if (this.hasEnded) this.notices |= CLOSED;
    } else if ((notices & FAILED) !== 0 && !this.isReadingPaused) {
      this.tellFailed();
      return;
    } else if ((notices & DRAINED) !== 0) {
      this.notices &= ~DRAINED;
      handler.onDrain();
    }
    if (this.hasNews) this.wake();
  };

  protected tellFailed(): void {
    this.notices = 0;
    this.handler.onError(this.error!, this.errorSyscall);
    if (!this.isOver) this.tellClosed();
  }

  protected tellClosed(): void {
    this.becomeOver();
    this.dropReceived();
    this.uncount();
    this.wire.finish('closed');
    this.handler.onClose();
  }

  protected failWrite(): boolean {
    // The first call after a reset learns of it, later ones find a broken pipe (sk_stream_error).
    this.error ??= 'EPIPE';
    this.errorSyscall = 'write';
    this.tellLater(FAILED);
    return false;
  }

  /** The owner will not be told anything more. */
  protected becomeOver(): void {
    this.isOver = true;
    if (this.peer === null || this.peer.isOver) this.wire.forget();
  }

  /** All that has arrived, in one piece, as one read(2) with a large buffer. */
  protected takeReceived(): Uint8Array {
    const first = this.receivedFirst!;
    const bytes = this.receivedRest === null ? first : join([first, ...this.receivedRest]);
    this.dropReceived();
    const sender = this.peer!;
    if (sender.isBlocked) sender.peerHasRead();
    return bytes;
  }

  protected dropReceived(): void {
    this.receivedFirst = null;
    this.receivedRest = null;
    this.receivedBytes = 0;
  }

  protected uncount(): void {
    if (!this.isCounted) return;
    this.isCounted = false;
    this.host.openConnections--;
  }
}
