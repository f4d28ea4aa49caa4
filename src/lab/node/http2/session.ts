/**
 * Http2Session: a connection (protocol/) on a socket, with streams and events. server.ts and client-session.ts build on
 * it; bridge.ts is where the connection calls back.
 *
 * Source: Node 24's lib/internal/http2/core.js.
 */

import { codes as nodeCodes } from '../errors.ts';
import { EventEmitter } from '../events.ts';
import { format } from '../util/format.ts';
import { validateFunction, validateInt32, validateNumber } from '../validators.ts';
import { createConnection } from './bridge.ts';
import { constants } from './constants.ts';
import { bind } from './context.ts';
import { codes } from './errors.ts';
import { assertIsObject } from './headers.ts';
import type { Connection } from './protocol/connection.ts';
import { proxySocket } from './proxy-socket.ts';
import { closeSession, onSocketClose, onSocketError } from './session-ends.ts';
import { describeSettings, toSettingsList, validateSettings } from './settings.ts';
import {
  emit,
  kAlpnProtocol,
  kBoundSession,
  kEncrypted,
  kHandle,
  kLocalSettings,
  kMaybeDestroy,
  kOptions,
  kProxySocket,
  kRemoteSettings,
  kSocket,
  kState,
  kStrictSingleValueFields,
  kTimeout,
  kType,
  kUpdateTimer,
  SESSION_CLOSED,
  SESSION_DESTROYED,
  SESSION_READY,
} from './symbols.ts';
import { callTimeout, setStreamTimeout } from './timeouts.ts';

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_SESSION_SERVER } = constants;

export class Http2Session extends EventEmitter {
  [key: string | symbol]: any;

  constructor(type: number, options: any, socket: any) {
    super();
    if (socket[kBoundSession] !== undefined) throw new codes.ERR_HTTP2_SOCKET_BOUND();
    socket[kBoundSession] = this;
    socket.on('error', onSocketError);
    socket.on('close', onSocketClose);
    this[kState] = {
      destroyCode: NGHTTP2_NO_ERROR,
      flags: 0,
      goawayCode: null,
      goawayLastStreamID: null,
      streams: new Map(),
      pendingStreams: new Set(),
      pendingAck: 0,
      writeQueueSize: 0,
      chunksSent: 0,
    };
    this[kEncrypted] = undefined;
    this[kAlpnProtocol] = undefined;
    this[kType] = type;
    this[kProxySocket] = null;
    this[kSocket] = socket;
    this[kTimeout] = null;
    this[kHandle] = undefined;
    this[kOptions] = options;
    this[kStrictSingleValueFields] = options.strictSingleValueFields;
    if (typeof socket.setNoDelay === 'function') socket.setNoDelay();
    if (socket.connecting || socket.secureConnecting) {
      socket.once('secureConnecting' in socket ? 'secureConnect' : 'connect', () => {
        try {
          setUp(this, socket, type, options);
        } catch (error) {
          socket.destroy(error);
        }
      });
    } else setUp(this, socket, type, options);
  }

  get encrypted() {
    return this[kEncrypted];
  }
  get alpnProtocol() {
    return this[kAlpnProtocol];
  }
  get originSet() {
    if (!this.encrypted || this.destroyed) return undefined;
    const { servername, remoteAddress, remotePort } = this[kSocket];
    return [new URL(`https://${servername || remoteAddress}:${remotePort}`).origin];
  }
  get connecting() {
    return (this[kState].flags & SESSION_READY) === 0;
  }
  get closed() {
    return Boolean(this[kState].flags & SESSION_CLOSED);
  }
  get destroyed() {
    return Boolean(this[kState].flags & SESSION_DESTROYED);
  }
  get type() {
    return this[kType];
  }
  get goawayCode() {
    return this[kState].goawayCode || NGHTTP2_NO_ERROR;
  }
  get goawayLastStreamID() {
    return this[kState].goawayLastStreamID || 0;
  }
  get pendingSettingsAck() {
    return this[kState].pendingAck > 0;
  }
  get socket() {
    if (this[kProxySocket] === null) this[kProxySocket] = proxySocket(this);
    return this[kProxySocket];
  }

  get state() {
    const connection: Connection | undefined = this[kHandle];
    if (this.connecting || this.destroyed || connection === undefined) return {};
    return {
      effectiveLocalWindowSize: connection.localWindow,
      effectiveRecvDataLength: connection.received,
      nextStreamID: connection.nextStreamId,
      localWindowSize: connection.localWindow - connection.received,
      lastProcStreamID: connection.lastProcessedId,
      remoteWindowSize: connection.sendWindow,
      outboundQueueSize: Number(connection.wantsWrite),
      deflateDynamicTableSize: connection.encoder.table.size,
      inflateDynamicTableSize: connection.decoder.table.size,
    };
  }

  get localSettings() {
    if (this[kLocalSettings] !== undefined) return this[kLocalSettings];
    if (this.destroyed || this.connecting) return {};
    this[kLocalSettings] = describeSettings(this[kHandle].local);
    return this[kLocalSettings];
  }

  get remoteSettings() {
    if (this[kRemoteSettings] !== undefined) return this[kRemoteSettings];
    if (this.destroyed || this.connecting) return {};
    this[kRemoteSettings] = describeSettings(this[kHandle].remote, this[kOptions].remoteCustomSettings ?? []);
    return this[kRemoteSettings];
  }

  [kUpdateTimer](): void {
    if (!this.destroyed) this[kTimeout]?.refresh();
  }

  setNextStreamID(id: number): void {
    if (this.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
    validateNumber(id, 'id');
    if (id <= 0 || id > 2 ** 32 - 1) throw new nodeCodes.ERR_OUT_OF_RANGE('id', `> 0 and <= ${2 ** 32 - 1}`, id);
    this[kHandle].nextStreamId = id;
  }

  setLocalWindowSize(windowSize: number): void {
    if (this.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
    validateInt32(windowSize, 'windowSize', 0);
    this[kHandle].setLocalWindow(windowSize);
  }

  ping(given: any, then?: any): any {
    if (this.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
    const [payload, callback] = typeof given === 'function' ? [undefined, given] : [given, then];
    if (payload) {
      assertBytes(payload, 'payload');
      if (payload.byteLength !== 8) throw new codes.ERR_HTTP2_PING_LENGTH();
    }
    validateFunction(callback, 'callback');
    const done = bind((isAck: boolean, durationMs: number, answer: any) => {
      if (isAck) callback(null, durationMs, Buffer.from(answer));
      else callback(new codes.ERR_HTTP2_PING_CANCEL());
    });
    if (this.connecting || this.closed) {
      process.nextTick(done, false, 0, payload);
      return undefined;
    }
    return this[kHandle].ping(payload ? bytesOf(payload) : timePayload(), done);
  }

  settings(given: any, callback?: any): void {
    if (this.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
    assertIsObject(given, 'settings');
    validateSettings(given);
    if (callback) validateFunction(callback, 'callback');
    this[kState].pendingAck++;
    const list = toSettingsList({ ...given });
    const submit = () => {
      if (this.destroyed) return;
      this[kUpdateTimer]();
      const done = bind((isAck: boolean, durationMs: number) => {
        this[kState].pendingAck--;
        this[kLocalSettings] = undefined;
        if (!isAck) {
          if (typeof callback === 'function') callback(new codes.ERR_HTTP2_SETTINGS_CANCEL());
          return;
        }
        const settings = this.localSettings;
        if (typeof callback === 'function') callback(null, settings, durationMs);
        this.emit('localSettings', settings);
      });
      const isTaken = this[kHandle].settings(list, done);
      if (!isTaken) this.destroy(new codes.ERR_HTTP2_MAX_PENDING_SETTINGS_ACK());
    };
    if (this.connecting) this.once('connect', submit);
    else submit();
  }

  goaway(code: number = NGHTTP2_NO_ERROR, lastStreamID = 0, opaqueData?: any): void {
    if (this.destroyed) throw new codes.ERR_HTTP2_INVALID_SESSION();
    if (opaqueData !== undefined) assertBytes(opaqueData, 'opaqueData');
    validateNumber(code, 'code');
    validateNumber(lastStreamID, 'lastStreamID');
    const submit = () => {
      if (this.destroyed) return;
      this[kUpdateTimer]();
      this[kHandle].goaway(code, lastStreamID, opaqueData === undefined ? undefined : bytesOf(opaqueData));
    };
    if (this.connecting) this.once('connect', submit);
    else submit();
  }

  /** At once: streams are destroyed, the socket is closed. */
  destroy(given: any = NGHTTP2_NO_ERROR, givenCode?: number): void {
    if (this.destroyed) return;
    let error = given;
    let code = givenCode;
    if (typeof error === 'number') {
      code = error;
      error = code === NGHTTP2_NO_ERROR ? undefined : new codes.ERR_HTTP2_SESSION_ERROR(code);
    }
    if (code === undefined && error != null) code = NGHTTP2_INTERNAL_ERROR;
    closeSession(this, code, error);
  }

  /** After the streams that are open have closed. */
  close(callback?: any): void {
    if (this.closed || this.destroyed) return;
    this[kState].flags |= SESSION_CLOSED;
    if (typeof callback === 'function') this.once('close', callback);
    this.goaway();
    if (this[kHandle] !== undefined) this[kHandle].isGracefulClosing = true;
    this[kMaybeDestroy]();
  }

  [Symbol.for('nodejs.rejection')](error: any, event: string, ...args: any[]): void {
    if (event === 'stream') args[0].destroy(error);
    else this.destroy(error);
  }

  [kMaybeDestroy](error?: any): void {
    if (error == null) {
      const { streams, pendingStreams } = this[kState];
      const isBusy = streams.size > 0 || pendingStreams.size > 0 || this[kHandle]?.hasPendingData;
      if (!this.closed || isBusy) return;
    }
    this.destroy(error);
  }

  _onTimeout(): void {
    callTimeout(this, this);
  }

  setTimeout(msecs: number, callback?: () => void): this {
    return setStreamTimeout(this, msecs, callback);
  }

  ref(): void {
    this[kSocket]?.ref?.();
  }

  unref(): void {
    this[kSocket]?.unref?.();
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth: unknown): any {
    if (typeof depth === 'number' && depth < 0) return this;
    const { type, closed, destroyed, state, localSettings, remoteSettings } = this;
    return `Http2Session ${format({ type, closed, destroyed, state, localSettings, remoteSettings })}`;
  }
}

/** The socket is connected: the connection takes its bytes from now on. */
function setUp(session: any, socket: any, type: number, options: any): void {
  if (session.destroyed) {
    process.nextTick(emit, session, 'connect', session, socket);
    return;
  }
  session[kState].flags |= SESSION_READY;
  session[kHandle] = createConnection(session, socket, type === NGHTTP2_SESSION_SERVER, options);
  session[kEncrypted] = Boolean(socket.encrypted);
  session[kAlpnProtocol] = socket.encrypted ? socket.alpnProtocol : 'h2c';
  session.settings(typeof options.settings === 'object' ? options.settings : {});
  process.nextTick(emit, session, 'connect', session, socket);
}

function assertBytes(value: any, name: string): void {
  if (ArrayBuffer.isView(value)) return;
  throw new nodeCodes.ERR_INVALID_ARG_TYPE(name, ['Buffer', 'TypedArray', 'DataView'], value);
}

const bytesOf = (view: any) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();

/** Node puts its clock into a PING that has no payload of its own. */
function timePayload(): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.trunc(__kernel.loopUs())) * 1000n, true);
  return bytes;
}
