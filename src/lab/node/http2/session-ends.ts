/** How a session ends: by its own close, by an error, or because its socket is gone. Source: Node 24's lib/internal/http2/core.js. */
import { codes as nodeCodes } from '../errors.ts';
import { constants } from './constants.ts';
import { streamCancel } from './errors.ts';
import type { Connection } from './protocol/connection.ts';
import {
  kBoundSession,
  kHandle,
  kProxySocket,
  kServer,
  kSessions,
  kSocket,
  kState,
  kTimeout,
  SESSION_DESTROYED,
} from './symbols.ts';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;

export function closeSession(session: any, code: number | undefined, error: any): void {
  const state = session[kState];
  state.flags |= SESSION_DESTROYED;
  state.destroyCode = code;
  session.setTimeout(0);
  session[kTimeout]?.stop();
  session.removeAllListeners('timeout');
  const socket = session[kSocket];
  const connection: Connection | undefined = session[kHandle];
  if (state.pendingStreams.size > 0 || state.streams.size > 0) {
    const cancel = streamCancel(error);
    for (const stream of [...state.pendingStreams]) stream.destroy(cancel);
    for (const stream of [...state.streams.values()]) stream.destroy(error);
  }
  if (connection === undefined) finishSessionClose(session, error);
  else {
    connection.onDone = () => finishSessionClose(session, error);
    connection.destroy(code ?? NGHTTP2_NO_ERROR, socket.destroyed);
  }
}

function finishSessionClose(session: any, error: any): void {
  const socket = session[kSocket];
  cleanUp(session);
  if (socket && !socket.destroyed) {
    socket.on('close', () => emitClose(session, error));
    if (session.closed) {
      // Somebody has to read the peer's end.
      socket.resume();
      socket._handle?.readStart?.();
    }
    socket.end(() => {
      if (!session.closed) setImmediate(() => socket.destroy(error));
    });
  } else process.nextTick(emitClose, session, error);
}

function cleanUp(session: any): void {
  const socket = session[kSocket];
  session[kServer]?.[kSessions].delete(session);
  session[kProxySocket] = undefined;
  session[kSocket] = undefined;
  session[kHandle] = undefined;
  if (socket) {
    socket[kBoundSession] = undefined;
    socket[kServer] = undefined;
  }
}

function emitClose(session: any, error: any): void {
  if (error) session.emit('error', error);
  session.emit('close');
}

export function onSocketError(this: any, error: any): void {
  const session = this[kBoundSession];
  if (session === undefined) return;
  // After a GOAWAY the peer may cut the connection as it likes.
  if (error.code === 'ECONNRESET' && session[kState].goawayCode !== null) session.destroy();
  else session.destroy(error);
}

export function onSocketClose(this: any): void {
  const session = this[kBoundSession];
  // One that is being destroyed has its error already.
  if (session === undefined || session.destroyed) return;
  const error = session.connecting ? new nodeCodes.ERR_SOCKET_CLOSED() : null;
  const { streams, pendingStreams } = session[kState];
  for (const stream of [...streams.values()]) stream.close(NGHTTP2_CANCEL);
  for (const stream of [...pendingStreams]) stream.close(NGHTTP2_CANCEL);
  session.close();
  closeSession(session, NGHTTP2_NO_ERROR, error);
}
