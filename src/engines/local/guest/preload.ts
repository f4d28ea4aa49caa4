/**
 * Loaded into every Node process of a project, before its program (`node --import`). It makes the machine look like a
 * container on a Compose network: names are asked of the engine, connections begin with its leave and go through its
 * proxies, listeners open where no other replica is. The program's files are not touched.
 *
 * It also keeps account of which incoming request an outgoing one belongs to, lets it wait for the CPU time that is declared
 * or that a fault costs, and ends the process when the engine is gone.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import http from 'node:http';
import nodeModule, { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { MessageChannel } from 'node:worker_threads';
import { CHANNEL_FD, type Cost, type FromGuest, type GuestConfig, messageReader, type ToGuest } from './channel.ts';
import { type HookData, Loading } from './hooks.ts';

const config = JSON.parse(process.env.LOADBEARING_GUEST!) as GuestConfig;
const ticket = process.env.LOADBEARING_CHANNEL;
delete process.env.LOADBEARING_GUEST;
delete process.env.LOADBEARING_CHANNEL;

// What is replaced here has dozens of overloads.
type Any = any;

// Programs start in half the time, and their first request is not five times as slow as the next.
if (config.cacheFolder !== null) nodeModule.enableCompileCache?.(config.cacheFolder);

const original = { connect: net.Socket.prototype.connect as Any, listen: net.Server.prototype.listen as Any };

const channel = ticket === undefined ? new net.Socket({ fd: CHANNEL_FD }) : openChannel(ticket);
channel.unref();
channel.setEncoding('utf8');
// The engine has ended, or was ended.
const leave = () => {
  process.kill(process.pid, 'SIGKILL');
  // Where the system has no signals.
  process.exit(137);
};
channel.on('error', leave);
channel.on('close', leave);

const waiting = new Map<number, (message: Any) => void>();
let lastId = 0;
const listeners: ((message: ToGuest) => void)[] = [];
channel.on(
  'data',
  messageReader<ToGuest>((message) => {
    if (message.kind === 'clock') skew(message.offsetMs, message.driftPpm);
    else if (message.kind === 'cost') cost = message.cost;
    else if (message.kind === 'tool') for (const listener of listeners) listener(message);
    else {
      const answer = waiting.get(message.id);
      waiting.delete(message.id);
      if (waiting.size === 0) channel.unref();
      answer?.(message);
    }
  }),
);

function openChannel(text: string): net.Socket {
  const [port, secret] = text.split(' ');
  const socket = new net.Socket();
  socket.connect({ host: '127.0.0.1', port: Number(port) });
  socket.setNoDelay(true);
  socket.write(`${secret}\n`);
  return socket;
}

function say(message: FromGuest): void {
  channel.write(`${JSON.stringify(message)}\n`);
}

/** Asks; the process stays alive until the answer has come. */
function ask(
  message: { kind: 'lookup'; name: string } | { kind: 'connect'; host: string; port: number },
  onAnswer: (message: Any) => void,
): number {
  const id = ++lastId;
  waiting.set(id, onAnswer);
  channel.ref();
  say({ ...message, id });
  return id;
}

/** For the engine's own program that serves the lab's images. */
(globalThis as Any)[Symbol.for('loadbearing.channel')] = {
  say,
  listen: (listener: (message: ToGuest) => void) => listeners.push(listener),
};

// ---------------------------------------------------------------- names

const OWN_NAMES = new Set(['localhost', 'ip6-localhost', config.endpoint, ...config.names]);

function isOwn(host: string): boolean {
  return OWN_NAMES.has(host) || host === '0.0.0.0' || host === '::' || host === config.face || isLoopback(host);
}

function isLoopback(host: string): boolean {
  return (
    host === '::1' || host.startsWith('::ffff:127.') || (host.startsWith('127.') && net.isIP(host) > 0 && !isReal(host))
  );
}

/** Other replicas' addresses are in 127.0.0.0/8 as well. */
function isReal(host: string): boolean {
  return (
    config.hasOwnAddress &&
    host !== '127.0.0.1' &&
    host.split('.').slice(0, 3).join('.') === config.face.split('.').slice(0, 3).join('.')
  );
}

function lookupError(name: string, code: string): Error {
  const errno = code === 'EAI_AGAIN' ? -3001 : -3008;
  return Object.assign(new Error(`getaddrinfo ${code} ${name}`), {
    errno,
    code,
    syscall: 'getaddrinfo',
    hostname: name,
  });
}

function resolve(name: string, onDone: (error: Error | null, addresses: readonly string[]) => void): void {
  if (net.isIP(name) > 0) process.nextTick(onDone, null, [name]);
  else if (name === 'localhost') process.nextTick(onDone, null, ['127.0.0.1']);
  else {
    ask({ kind: 'lookup', name }, ({ error, addresses }: Extract<ToGuest, { kind: 'lookup' }>) =>
      onDone(error === null ? null : lookupError(name, error), addresses),
    );
  }
}

const nativeLookup = dns.lookup;
(dns as Any).lookup = (name: string, given: Any, maybe?: Any) => {
  const callback = typeof given === 'function' ? given : maybe;
  const options =
    typeof given === 'number' ? { family: given } : typeof given === 'object' && given !== null ? given : {};
  if (!name) return (nativeLookup as Any)(name, options, callback);
  const wants6 = options.family === 6 || options.family === 'IPv6';
  resolve(String(name), (error, addresses) => {
    if (error === null && wants6 && net.isIPv4(addresses[0]!)) callback(lookupError(name, 'ENOTFOUND'));
    else if (error !== null) callback(error);
    else if (options.all)
      callback(
        null,
        addresses.map((address) => ({ address, family: net.isIPv6(address) ? 6 : 4 })),
      );
    else callback(null, addresses[0], net.isIPv6(addresses[0]!) ? 6 : 4);
  });
};
(dns.promises as Any).lookup = (name: string, options?: Any) =>
  new Promise((done, fail) => {
    (dns.lookup as Any)(name, options ?? {}, (error: Error | null, address: Any, family: number) =>
      error !== null && error !== undefined ? fail(error) : done(options?.all ? address : { address, family }),
    );
  });
(dns as Any).resolve4 = (name: string, given: Any, maybe?: Any) => {
  const callback = typeof given === 'function' ? given : maybe;
  resolve(name, (error, addresses) => {
    if (error !== null) callback(Object.assign(error, { syscall: 'queryA' }));
    else callback(null, given?.ttl ? addresses.map((address) => ({ address, ttl: 600 })) : addresses);
  });
};
(dns.promises as Any).resolve4 = (name: string, options?: Any) =>
  new Promise((done, fail) => {
    (dns as Any).resolve4(name, options ?? {}, (error: Error | null, addresses: Any) =>
      error ? fail(error) : done(addresses),
    );
  });

// ---------------------------------------------------------------- connections out

/** Where the program's own listeners really are, by the port that it asked for. */
const ownPorts = new Map<number, number>();

function argumentsOf(args: Any[]): [Any, Any] {
  // net.connect has put them in order already.
  return Array.isArray(args[0]) ? (args[0] as [Any, Any]) : (net as Any)._normalizeArgs(args);
}

function connect(this: Any, ...args: Any[]): Any {
  const [options, callback] = argumentsOf(args);
  if (options.path || options.port === undefined) return original.connect.apply(this, args);
  const host = String(options.host || 'localhost').toLowerCase();
  const port = Number(options.port);
  const { lookup: _, autoSelectFamily: __, ...rest } = options;
  if (isOwn(host)) {
    const real = { ...rest, host: config.address, port: ownPorts.get(port) ?? port };
    return original.connect.call(this, real, callback);
  }
  if (callback) this.once('connect', callback);
  // From here on the socket says that it is connecting, and keeps what is written until it is.
  this.connecting = true;
  const begin = (target: string) => {
    if (this.destroyed) return;
    let isAnswered = false;
    const id = ask({ kind: 'connect', host: target, port }, (answer: Extract<ToGuest, { kind: 'connect' }>) => {
      isAnswered = true;
      if ('at' in answer) {
        if (this.destroyed) say({ kind: 'gone', id });
        else original.connect.call(this, { ...rest, ...answer.at });
      } else if (!this.destroyed) this.destroy(failure(answer, host, target, port));
    });
    this.once('close', () => {
      if (isAnswered) return;
      waiting.delete(id);
      if (waiting.size === 0) channel.unref();
      say({ kind: 'gone', id });
    });
  };
  if (options.lookup && options.lookup !== dns.lookup && options.lookup !== nativeLookup && net.isIP(host) === 0) {
    options.lookup(host, { family: 4, all: false }, (error: Error | null, address: Any) => {
      if (error) this.destroy(error);
      else begin(Array.isArray(address) ? address[0].address : address);
    });
  } else begin(host);
  return this;
}

function failure(
  { error, syscall }: { error: string; syscall: string },
  host: string,
  target: string,
  port: number,
): Error {
  if (syscall === 'getaddrinfo') return lookupError(host, error);
  const errno: Record<string, number> = { ECONNREFUSED: -111, ETIMEDOUT: -110, EHOSTUNREACH: -113, ECONNRESET: -104 };
  return Object.assign(new Error(`connect ${error} ${target}:${port}`), {
    errno: errno[error],
    code: error,
    syscall: 'connect',
    address: target,
    port,
  });
}

net.Socket.prototype.connect = connect as Any;

// ---------------------------------------------------------------- listeners

function listen(this: Any, ...args: Any[]): Any {
  const [options, callback] = argumentsOf(args);
  const isPort =
    options.port !== undefined ||
    args.length === 0 ||
    args[0] === undefined ||
    args[0] === null ||
    typeof args[0] === 'function';
  if (options.path || options.fd !== undefined || options.handle || options._handle || !isPort)
    return original.listen.apply(this, args);
  const wanted = Number(options.port ?? 0);
  const { host, ipv6Only: _, ...rest } = options;
  // Any free port: what else runs on this machine may have taken the one that is asked for on all addresses.
  const real = wanted === 0 ? 0 : (ownPorts.get(wanted) ?? 0);
  this.once('listening', () => {
    const realPort = this.address().port;
    const port = wanted === 0 ? realPort : wanted;
    const found = this.address();
    this.address = () => (this.listening ? { ...found, port } : null);
    ownPorts.set(port, realPort);
    say({ kind: 'listen', port, address: host ?? '::', realPort });
    this.once('close', () => {
      delete this.address;
      ownPorts.delete(port);
      say({ kind: 'unlisten', port });
    });
  });
  return original.listen.call(this, { ...rest, host: config.address, port: real }, callback);
}

net.Server.prototype.listen = listen as Any;

// ---------------------------------------------------------------- which request belongs to which

const handled = new AsyncLocalStorage<string>();
const counts = new WeakMap<object, number>();

const emit = http.Server.prototype.emit as Any;
const HEADS = new Set(['request', 'upgrade', 'connect', 'checkContinue', 'checkExpectation']);
(http.Server.prototype as Any).emit = function (this: Any, name: string, ...args: Any[]) {
  const socket = HEADS.has(name) ? args[0]?.socket : undefined;
  if (socket === undefined || socket === null) return emit.call(this, name, ...args);
  const count = (counts.get(socket) ?? 0) + 1;
  counts.set(socket, count);
  const handle = () =>
    handled.run(`${socket.remoteAddress}:${socket.remotePort}.${count}`, () => emit.call(this, name, ...args));
  const waitMs = name === 'request' ? spend() : 0;
  if (waitMs <= 0) return handle();
  setTimeout(handle, waitMs);
  return true;
};

function mark(request: http.ClientRequest): http.ClientRequest {
  const cause = handled.getStore();
  if (cause !== undefined && !request.headersSent) request.setHeader(config.causeHeader, cause);
  return request;
}
subscribe('http.client.request.created', (message) => void mark((message as { request: http.ClientRequest }).request));
// Node 20 does not tell of a request before it is on its way.
if (nodeModule.registerHooks === undefined) {
  const request = http.request as Any;
  (http as Any).request = (...args: Any[]) => mark(request.apply(http, args));
  (http as Any).get = (...args: Any[]) => (http.request as Any)(...args).end();
}
subscribe('undici:request:create', (message) => {
  const cause = handled.getStore();
  if (cause !== undefined) (message as Any).request.addHeader(config.causeHeader, cause);
});

// ---------------------------------------------------------------- CPU and clock

let cost: Cost | null = config.cost;

/** Until when the replica's one modelled CPU has work, by performance.now(). */
let busyUntilMs = 0;

/**
 * Takes the CPU for one request; how long until it is done, ms. The time is waited for and not burned: six services
 * with a CPU each would have to share those of this machine.
 */
function spend(): number {
  if (cost === null) return 0;
  const { perRequestMs, distribution } = cost;
  const ms = distribution === 'exponential' ? -Math.log(1 - Math.random()) * perRequestMs : perRequestMs;
  const now = performance.now();
  busyUntilMs = Math.max(busyUntilMs, now) + ms;
  return busyUntilMs - now;
}

let isSkewed = false;
let skewMs = () => 0;

/** Date only: timers and performance.now() go by the monotonic clock. */
function skew(offsetMs: number, driftPpm: number): void {
  const since = performance.now();
  skewMs = () => offsetMs + ((performance.now() - since) * driftPpm) / 1e6;
  if (isSkewed) return;
  isSkewed = true;
  const RealDate = Date;
  const now = RealDate.now;
  RealDate.now = () => Math.trunc(now() + skewMs());
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [RealDate.now()] : args, newTarget),
    apply: (target) => new target(RealDate.now()).toString(),
  });
}

// ---------------------------------------------------------------- the program has been loaded

(globalThis as Any)[Symbol.for('loadbearing.loaded')] = () => say({ kind: 'loaded' });
const hookData: HookData = { isProbe: config.isProbe, isCompiled: config.isCompiled };
if (nodeModule.registerHooks !== undefined) {
  const loading = new Loading(hookData, () => setImmediate(() => say({ kind: 'loaded' })));
  nodeModule.registerHooks({
    load: (url, context, next) => loading.after(url, next(url, loading.before(url, context))),
  });
} else {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', () => say({ kind: 'loaded' }));
  port1.unref();
  nodeModule.register(config.hooks, { data: { data: hookData, port: port2 }, transferList: [port2] });
}
// `node -e` loads no file.
if (process.execArgv.some((word) => word === '-e' || word === '--eval' || word === '-p'))
  setImmediate(() => say({ kind: 'loaded' }));

syncBuiltinESMExports();
