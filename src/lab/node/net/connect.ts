/**
 * Socket.prototype.connect: name lookup, then one address or several in turn. Node 24 tries all addresses of a name,
 * each for 250 ms (autoSelectFamily), also when they are all IPv4.
 *
 * Source: Node 24's lib/net.js, lookupAndConnect and lookupAndConnectMultiple.
 */
import { lookup as dnsLookup } from '../dns.ts';
import { codes, defineError } from '../errors.ts';
import {
  validateBoolean,
  validateFunction,
  validateInt32,
  validateNumber,
  validatePort,
  validateString,
} from '../validators.ts';
import { isIP } from './address.ts';
import { Handle } from './handle.ts';
import { connectError } from './socket.ts';

defineError('ERR_INVALID_IP_ADDRESS', 'Invalid IP address: %s', TypeError);
defineError(
  'ERR_INVALID_ADDRESS_FAMILY',
  (family, host, port) => `Invalid address family: ${family} ${host}:${port}`,
  RangeError,
);
defineError('ERR_SOCKET_CONNECTION_TIMEOUT', 'Socket connection timeout');

let autoSelectFamilyDefault = true;
let attemptTimeoutDefaultMs = 250;

export const getDefaultAutoSelectFamily = () => autoSelectFamilyDefault;
export function setDefaultAutoSelectFamily(value: boolean): void {
  validateBoolean(value, 'value');
  autoSelectFamilyDefault = value;
}
export const getDefaultAutoSelectFamilyAttemptTimeout = () => attemptTimeoutDefaultMs;
export function setDefaultAutoSelectFamilyAttemptTimeout(value: number): void {
  validateInt32(value, 'value', 1);
  attemptTimeoutDefaultMs = Math.max(10, value);
}

const NORMALIZED = Symbol('normalized arguments');

/** (options[, cb]), (port[, host][, cb]) → [options, cb or null]. */
export function normalizeArgs(args: any[]): any[] {
  if (Array.isArray(args[0]) && (args[0] as any)[NORMALIZED]) return args[0];
  let options: any = {};
  const first = args[0];
  if (typeof first === 'object' && first !== null) options = first;
  else if (typeof first === 'string' && !(Number(first) >= 0)) options.path = first;
  else if (args.length > 0) {
    options.port = first;
    if (args.length > 1 && typeof args[1] === 'string') options.host = args[1];
  }
  const last = args[args.length - 1];
  const result: any = [options, typeof last === 'function' ? last : null];
  result[NORMALIZED] = true;
  return result;
}

export function connect(this: any, ...args: any[]): any {
  const [options, callback] = normalizeArgs(args);
  if (callback !== null) this.once('connect', callback);
  if (options.path) {
    throw new Error('Unix domain sockets (options.path) are not part of the lab. Connect with { host, port }.');
  }
  if (options.port === undefined) throw new codes.ERR_MISSING_ARGS(['options', 'port', 'path']);
  const proto = Object.getPrototypeOf(this);
  if (this.write !== proto.write) this.write = proto.write;
  if (this.destroyed) {
    this._handle = null;
    this._peername = null;
    this._sockname = null;
  }
  if (this._handle === null) {
    this._undestroy();
    this._sockname = null;
    this._handle = new Handle(this);
  }
  this._idle?.refresh();
  this.connecting = true;
  lookupAndConnect(this, options);
  return this;
}

interface Address {
  readonly address: string;
  readonly family: number;
}

function lookupAndConnect(socket: any, options: any): void {
  const host = options.host || 'localhost';
  validateString(host, 'options.host');
  if (options.localAddress && !isIP(options.localAddress)) throw new codes.ERR_INVALID_IP_ADDRESS(options.localAddress);
  if (options.localPort) validateNumber(options.localPort, 'options.localPort');
  if (typeof options.port !== 'number' && typeof options.port !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.port', ['number', 'string'], options.port);
  }
  const port = validatePort(options.port);
  if (options.autoSelectFamily != null) validateBoolean(options.autoSelectFamily, 'options.autoSelectFamily');
  let timeoutMs = attemptTimeoutDefaultMs;
  if (options.autoSelectFamilyAttemptTimeout != null) {
    validateInt32(options.autoSelectFamilyAttemptTimeout, 'options.autoSelectFamilyAttemptTimeout', 1);
    timeoutMs = Math.max(10, options.autoSelectFamilyAttemptTimeout);
  }
  const family = isIP(host);
  if (family) {
    process.nextTick(() => {
      if (socket.connecting) connectOne(socket, { address: host, family }, port);
    });
    return;
  }
  if (options.lookup != null) validateFunction(options.lookup, 'options.lookup');
  const lookup = options.lookup || dnsLookup;
  socket._host = host;
  const wanted = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family;
  const hints = options.hints || 0;
  if (wanted !== 4 && wanted !== 6 && !options.localAddress && (options.autoSelectFamily ?? autoSelectFamilyDefault)) {
    lookup(host, { family: wanted, hints, all: true }, (error: any, addresses: Address[]) => {
      if (!socket.connecting) return;
      onAllAddresses(socket, host, port, timeoutMs, error, addresses);
    });
    return;
  }
  lookup(host, { family: wanted, hints }, (error: any, address: string, addressFamily: number) => {
    socket.emit('lookup', error, address, addressFamily, host);
    if (!socket.connecting) return;
    if (error) process.nextTick(destroyWith, socket, error);
    else if (typeof address !== 'string' || !isIP(address)) {
      process.nextTick(destroyWith, socket, new codes.ERR_INVALID_IP_ADDRESS(address));
    } else if (addressFamily !== 4 && addressFamily !== 6) {
      process.nextTick(destroyWith, socket, new codes.ERR_INVALID_ADDRESS_FAMILY(addressFamily, options.host, port));
    } else {
      socket._idle?.refresh();
      connectOne(socket, { address, family: addressFamily }, port);
    }
  });
}

// No listener is registered yet when net.connect() returns; the error waits for the next tick.
function destroyWith(socket: any, error: Error): void {
  socket.destroy(error);
}

function onAllAddresses(
  socket: any,
  host: string,
  port: number,
  timeoutMs: number,
  error: any,
  addresses: Address[],
): void {
  if (error) {
    socket.emit('lookup', error, undefined, undefined, host);
    process.nextTick(destroyWith, socket, error);
    return;
  }
  const byFamily: [Address[], Address[]] = [[], []];
  let firstFamily = 0;
  for (const address of addresses) {
    socket.emit('lookup', null, address.address, address.family, host);
    if (!socket.connecting) return;
    if (!isIP(address.address) || (address.family !== 4 && address.family !== 6)) continue;
    firstFamily ||= address.family;
    const group = byFamily[address.family === firstFamily ? 0 : 1];
    if (!group.some((known) => known.address === address.address)) group.push(address);
  }
  const toAttempt: Address[] = [];
  for (let i = 0; i < Math.max(byFamily[0].length, byFamily[1].length); i++) {
    for (const group of byFamily) if (group[i] !== undefined) toAttempt.push(group[i]!);
  }
  if (toAttempt.length === 0) {
    const first = addresses[0]!;
    const reason = isIP(first.address)
      ? new codes.ERR_INVALID_ADDRESS_FAMILY(first.family, host, port)
      : new codes.ERR_INVALID_IP_ADDRESS(first.address);
    process.nextTick(destroyWith, socket, reason);
    return;
  }
  socket._idle?.refresh();
  if (toAttempt.length === 1) connectOne(socket, toAttempt[0]!, port);
  else {
    socket.autoSelectFamilyAttemptedAddresses = [];
    new Attempts(socket, toAttempt, port, timeoutMs).next();
  }
}

function connectOne(socket: any, { address, family }: Address, port: number): void {
  socket.emit('connectionAttempt', address, port, family);
  if (!socket.connecting) return;
  socket._onConnectFailed = (_handle: unknown, code: string) => {
    // What connect(2) itself says, and not the network, Node tells with the address that the socket has: none.
    const local = code === 'EADDRNOTAVAIL' ? '0.0.0.0:0' : undefined;
    const error = connectError(code, address, port, local);
    socket.emit('connectionAttemptFailed', address, port, family, error);
    socket.destroy(error);
  };
  socket._handle.connect(address, port);
}

/** Several addresses one after the other; the next one starts when the last failed or took too long. */
class Attempts {
  private readonly socket: any;
  private readonly addresses: readonly Address[];
  private readonly port: number;
  private readonly timeoutMs: number;
  private readonly errors: Error[] = [];
  private current = 0;
  private timer = 0;

  constructor(socket: any, addresses: readonly Address[], port: number, timeoutMs: number) {
    this.socket = socket;
    this.addresses = addresses;
    this.port = port;
    this.timeoutMs = timeoutMs;
  }

  next(): void {
    this.stopTimer();
    const { socket, port } = this;
    if (this.current === this.addresses.length) {
      socket.destroy(this.errors.length === 0 ? new codes.ERR_SOCKET_CONNECTION_TIMEOUT() : aggregate(this.errors));
      return;
    }
    const { address, family } = this.addresses[this.current++]!;
    if (this.current > 1) {
      socket._handle?.close('close', null);
      socket._handle = new Handle(socket);
    }
    socket.emit('connectionAttempt', address, port, family);
    if (!socket.connecting) return;
    socket.autoSelectFamilyAttemptedAddresses.push(`${address}:${port}`);
    const handle = socket._handle;
    socket._onConnectFailed = (failed: unknown, code: string) => {
      if (failed === handle) this.onFailed(address, family, code);
    };
    handle.connect(address, port);
    if (this.current < this.addresses.length) this.startTimer(address, family);
    // A connection that came up ends the race.
    socket.once('connect', () => this.stopTimer());
  }

  private onFailed(address: string, family: number, code: string): void {
    this.stopTimer();
    const error = connectError(code, address, this.port);
    this.errors.push(error);
    this.socket.emit('connectionAttemptFailed', address, this.port, family, error);
    if (this.socket.connecting) this.next();
  }

  private startTimer(address: string, family: number): void {
    this.timer = __kernel.setTimer(
      this.timeoutMs,
      () => {
        this.timer = 0;
        const { socket } = this;
        if (!socket.connecting) return;
        socket.emit('connectionAttemptTimeout', address, this.port, family);
        this.errors.push(connectError('ETIMEDOUT', address, this.port));
        if (socket.connecting) this.next();
      },
      true,
    );
  }

  private stopTimer(): void {
    if (this.timer !== 0) __kernel.clearTimer(this.timer);
    this.timer = 0;
  }
}

function aggregate(errors: Error[]): Error {
  const error: any = new AggregateError(errors, '');
  error.code = (errors[0] as any).code;
  return error;
}
