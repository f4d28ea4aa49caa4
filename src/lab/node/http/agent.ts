/** http.Agent: who may open connections, and which are kept for the next request. Source: Node 24's lib/_http_agent.js. */

import { EventEmitter } from '../events.ts';
import type { AsyncContext } from '../kernel.ts';
import { isInstance } from '../net/instance.ts';
import type { Consumer } from '../net/socket.ts';
import { createConnection } from '../net.ts';
import { validateNumber, validateOneOf } from '../validators.ts';

export const Agent: any = function Agent(this: any, options?: any): any {
  if (!isInstance(this, Agent)) return new (Agent as any)(options);
  EventEmitter.call(this);
  this.options = { ...options };
  this.defaultPort = this.options.defaultPort || 80;
  this.protocol = this.options.protocol || 'http:';
  if (this.options.noDelay === undefined) this.options.noDelay = true;
  this.options.path = null;
  this.requests = Object.create(null);
  this.sockets = Object.create(null);
  this.freeSockets = Object.create(null);
  this.keepAliveMsecs = this.options.keepAliveMsecs || 1000;
  this.keepAlive = this.options.keepAlive || false;
  this.maxSockets = this.options.maxSockets || Agent.defaultMaxSockets;
  this.maxFreeSockets = this.options.maxFreeSockets || 256;
  this.scheduling = this.options.scheduling || 'lifo';
  this.maxTotalSockets = this.options.maxTotalSockets;
  this.totalSocketCount = 0;
  const buffer = this.options.agentKeepAliveTimeoutBuffer;
  this.agentKeepAliveTimeoutBuffer =
    typeof buffer === 'number' && buffer >= 0 && Number.isFinite(buffer) ? buffer : 1000;
  validateOneOf(this.scheduling, 'scheduling', ['fifo', 'lifo']);
  if (this.maxTotalSockets !== undefined) validateNumber(this.maxTotalSockets, 'maxTotalSockets', 1);
  else this.maxTotalSockets = Number.POSITIVE_INFINITY;
  this.on('free', onFree);
  return undefined;
};
Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Agent, EventEmitter);

Agent.defaultMaxSockets = Number.POSITIVE_INFINITY;

const proto = Agent.prototype;

function onFree(this: any, socket: any, options: any): void {
  const name = this.getName(options);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const waiting = this.requests[name];
  if (waiting?.length) {
    const req = waiting.shift();
    if (waiting.length === 0) delete this.requests[name];
    const before: AsyncContext = __kernel.getContext();
    __kernel.setContext(req._context);
    assign(this, req, socket);
    __kernel.setContext(before);
    return;
  }
  const req = socket._httpMessage;
  if (!req?.shouldKeepAlive || !this.keepAlive) {
    socket.destroy();
    return;
  }
  const free = this.freeSockets[name] || [];
  const count = free.length + (this.sockets[name]?.length ?? 0);
  const isFull = this.totalSocketCount > this.maxTotalSockets || count > this.maxSockets;
  if (isFull || free.length >= this.maxFreeSockets || !this.keepSocketAlive(socket)) {
    socket.destroy();
    return;
  }
  this.freeSockets[name] = free;
  socket._httpMessage = null;
  this.removeSocket(socket, options);
  socket.once('error', onFreeError);
  guard(socket);
  free.push(socket);
}

function onFreeError(this: any): void {
  this.destroy();
  this.emit('agentRemove');
}

/**
 * What comes on a connection that nobody uses is no answer to anything: taken for the next response it would poison
 * it. Also the way an idle connection learns that the server closed it.
 */
function guard(socket: any): void {
  if (socket.readableLength > 0) {
    socket.destroy();
    return;
  }
  const destroy = () => {
    socket.destroy();
    return true;
  };
  const consumer: Consumer = { onBytes: destroy, onEof: destroy, onFailure: destroy, onReleased() {} };
  socket._consume?.(consumer);
  socket._handle?.readStart();
}

proto.createConnection = createConnection;

/** The last name and what it was made of: most requests of a program go where the one before went. */
let lastName = '';
let lastParts: readonly unknown[] = [];

proto.getName = function (this: any, options: any = {}): string {
  const { host, port, localAddress, family, socketPath } = options;
  const [aHost, aPort, aAddress, aFamily, aPath] = lastParts;
  const isSame =
    host === aHost && port === aPort && localAddress === aAddress && family === aFamily && socketPath === aPath;
  if (isSame && lastName !== '') return lastName;
  let name = `${host || 'localhost'}:${port || ''}:${localAddress || ''}`;
  if (family === 4 || family === 6) name += `:${family}`;
  if (socketPath) name += `:${socketPath}`;
  lastName = name;
  lastParts = [host, port, localAddress, family, socketPath];
  return name;
};

/** Options that getName looks at. */
const NAMING = ['host', 'port', 'localAddress', 'family', 'socketPath'];

proto.addRequest = function (this: any, req: any, given: any, port?: any, localAddress?: any): void {
  const base = typeof given === 'string' ? { host: given, port, localAddress } : given;
  // The agent's own options count for more; few agents have any that say where to.
  const name = this.getName(NAMING.some((key) => key in this.options) ? { ...base, ...this.options } : base);
  this.sockets[name] ||= [];
  const free = this.freeSockets[name];
  let socket: any;
  if (free) {
    while (free.length > 0 && free[0].destroyed) free.shift();
    socket = this.scheduling === 'fifo' ? free.shift() : free.pop();
    if (free.length === 0) delete this.freeSockets[name];
  }
  const inUse = (free ? free.length : 0) + this.sockets[name].length;
  if (socket) {
    this.reuseSocket(socket, req);
    assign(this, req, socket);
    this.sockets[name].push(socket);
  } else if (inUse < this.maxSockets && this.totalSocketCount < this.maxTotalSockets) {
    this.createSocket(req, base, (error: any, created: any) => {
      if (error) req.onSocket(created, error);
      else assign(this, req, created);
    });
  } else {
    this.requests[name] ||= [];
    req._requestOptions = { ...base, ...this.options };
    this.requests[name].push(req);
  }
};

proto.createSocket = function (this: any, req: any, given: any, callback: any): void {
  const options = { ...given, ...this.options };
  const timeout = req.timeout || this.options.timeout || undefined;
  if (timeout) options.timeout = timeout;
  const name = this.getName(options);
  options._agentKey = name;
  options.encoding = null;
  if (this.keepAlive) {
    options.keepAlive = this.keepAlive;
    options.keepAliveInitialDelay = this.keepAliveMsecs;
  }
  let isDone = false;
  const onCreated = (error: any, socket?: any) => {
    if (isDone) return;
    isDone = true;
    if (error) {
      callback(error);
      return;
    }
    this.sockets[name] ||= [];
    this.sockets[name].push(socket);
    this.totalSocketCount++;
    follow(this, socket, options);
    callback(null, socket);
  };
  const socket = this.createConnection(options, onCreated);
  if (socket) onCreated(null, socket);
};

/** The agent's listeners on a socket that it owns. */
function follow(agent: any, socket: any, options: any): void {
  const onSocketFree = () => agent.emit('free', socket, options);
  const onSocketClose = () => {
    agent.totalSocketCount--;
    agent.removeSocket(socket, options);
  };
  const onSocketTimeout = () => {
    const sets: any[] = Object.values(agent.freeSockets);
    if (sets.some((sockets) => sockets.includes(socket))) socket.destroy();
  };
  const onRemove = () => {
    agent.totalSocketCount--;
    agent.removeSocket(socket, options);
    socket.removeListener('close', onSocketClose);
    socket.removeListener('free', onSocketFree);
    socket.removeListener('timeout', onSocketTimeout);
    socket.removeListener('agentRemove', onRemove);
  };
  socket.on('free', onSocketFree);
  socket.on('close', onSocketClose);
  socket.on('timeout', onSocketTimeout);
  socket.on('agentRemove', onRemove);
}

proto.removeSocket = function (this: any, socket: any, options: any): void {
  const name = this.getName(options);
  for (const set of socket.writable ? [this.sockets] : [this.sockets, this.freeSockets]) {
    const sockets = set[name];
    const at = sockets === undefined ? -1 : sockets.indexOf(socket);
    if (at < 0) continue;
    sockets.splice(at, 1);
    if (sockets.length === 0) delete set[name];
  }
  const req = nextWaiting(this, name);
  if (req === null) return;
  const wanted = req._requestOptions ?? options;
  req._requestOptions = undefined;
  const before: AsyncContext = __kernel.getContext();
  __kernel.setContext(req._context);
  this.createSocket(req, wanted, (error: any, created: any) => {
    if (error) req.onSocket(null, error);
    else created.emit('free');
  });
  __kernel.setContext(before);
};

/** A request that waits for a connection, first to the same origin; it stays in its queue. */
function nextWaiting(agent: any, name: string): any {
  if (agent.requests[name]?.length) {
    const req = agent.requests[name][0];
    return req;
  }
  for (const other of Object.keys(agent.requests)) {
    if (agent.sockets[other]?.length) return null;
    return agent.requests[other][0];
  }
  return null;
}

const HINT = /^timeout=(\d+)/;

/** Whether the socket may wait for another request, and until when. */
proto.keepSocketAlive = function (this: any, socket: any): boolean {
  socket.setKeepAlive(true, this.keepAliveMsecs);
  socket.unref();
  let timeoutMs = this.options.timeout || 0;
  let isKept = true;
  const announced = socket._httpMessage?.res?.headers['keep-alive'];
  const seconds = announced ? HINT.exec(announced)?.[1] : undefined;
  if (seconds !== undefined) {
    // A little before the server closes it, or a request may cross with the FIN.
    const hintMs = Math.max(0, Number(seconds) * 1000 - this.agentKeepAliveTimeoutBuffer);
    if (hintMs === 0) isKept = false;
    else if (hintMs < timeoutMs) timeoutMs = hintMs;
  }
  if (socket.timeout !== timeoutMs) socket.setTimeout(timeoutMs);
  return isKept;
};

proto.reuseSocket = function (this: any, socket: any, req: any): void {
  socket.removeListener('error', onFreeError);
  socket._consume?.(null);
  req.reusedSocket = true;
  socket.ref();
};

proto.destroy = function (this: any): void {
  for (const set of [this.freeSockets, this.sockets]) {
    for (const name of Object.keys(set)) for (const socket of [...set[name]]) socket.destroy();
  }
};

function assign(agent: any, req: any, socket: any): void {
  req.onSocket(socket);
  const agentTimeout = agent.options.timeout || 0;
  if (req.timeout === undefined || req.timeout === agentTimeout) return;
  socket.setTimeout(req.timeout);
}

/** As Node since 19: connections are kept, and closed when idle for 5 s. */
export const globalAgent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 });
