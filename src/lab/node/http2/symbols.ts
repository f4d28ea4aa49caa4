/** Private fields that the classes of node:http2 share, and flags of their states. */
export const kAlpnProtocol = Symbol('alpnProtocol');
export const kAuthority = Symbol('authority');
export const kBoundSession = Symbol('kBoundSession');
export const kContext = Symbol('context');
export const kEncrypted = Symbol('encrypted');
export const kHandle = Symbol('kHandle');
export const kID = Symbol('id');
export const kInfoHeaders = Symbol('sent-info-headers');
export const kInit = Symbol('init');
export const kLocalSettings = Symbol('local-settings');
export const kMaybeDestroy = Symbol('kMaybeDestroy');
export const kOptions = Symbol('options');
export const kOrigin = Symbol('origin');
export const kPendingRequestCalls = Symbol('kPendingRequestCalls');
export const kProceed = Symbol('proceed');
export const kProtocol = Symbol('protocol');
export const kProxySocket = Symbol('proxy-socket');
export const kRawHeaders = Symbol('raw-headers');
export const kRemoteSettings = Symbol('remote-settings');
export const kRequest = Symbol('request');
export const kRequestContext = Symbol('requestContext');
export const kSensitiveHeaders = Symbol('sensitiveHeaders');
export const kSentHeaders = Symbol('sent-headers');
export const kSentTrailers = Symbol('sent-trailers');
export const kServer = Symbol('server');
export const kSession = Symbol('session');
export const kSessions = Symbol('sessions');
export const kSocket = Symbol('socket');
export const kState = Symbol('state');
export const kStrictSingleValueFields = Symbol('strictSingleValueFields');
export const kTimeout = Symbol('timeout');
export const kType = Symbol('type');
export const kUpdateTimer = Symbol('kUpdateTimer');

export const STREAM_READY = 0x1;
export const STREAM_CLOSED = 0x2;
export const STREAM_HEADERS_SENT = 0x4;
export const STREAM_HEAD_REQUEST = 0x8;
export const STREAM_ABORTED = 0x10;
export const STREAM_HAS_TRAILERS = 0x20;

export const SESSION_READY = 0x1;
export const SESSION_CLOSED = 0x2;
export const SESSION_DESTROYED = 0x4;

/** As `process.nextTick(emit, stream, 'response', headers)`. */
export function emit(self: any, ...args: any[]): void {
  self.emit(...args);
}
