/** `setTimeout` of streams and sessions. Source: Node 24's lib/internal/http2/core.js. */
import { IdleTimer } from '../net/idle.ts';
import { timerDuration } from '../net/socket.ts';
import { validateFunction } from '../validators.ts';
import { kHandle, kSession, kState, kTimeout, kUpdateTimer } from './symbols.ts';

/** A timer that activity puts off and that keeps nothing alive. */
export function setStreamTimeout(self: any, msecs: number, callback?: () => void): any {
  if (self.destroyed) return self;
  self.timeout = msecs;
  const delayMs = timerDuration(msecs, 'msecs');
  if (callback !== undefined) validateFunction(callback, 'callback');
  self[kTimeout]?.stop();
  if (delayMs === 0) {
    if (callback !== undefined) self.removeListener('timeout', callback);
    return self;
  }
  self[kTimeout] ??= new IdleTimer(() => self._onTimeout());
  self[kTimeout].start(delayMs);
  self[kSession]?.[kUpdateTimer]();
  if (callback !== undefined) self.once('timeout', callback);
  return self;
}

/** No timeout while a large write makes progress. */
export function callTimeout(self: any, session: any): void {
  if (self.destroyed) return;
  const sent = session?.[kHandle]?.chunksSent;
  if (self[kState].writeQueueSize > 0 && sent !== undefined && sent !== self[kState].chunksSent) {
    self[kState].chunksSent = sent;
    self[kTimeout].start(self.timeout);
    return;
  }
  self.emit('timeout');
}
