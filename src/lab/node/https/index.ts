/** node:https: node:http over node:tls, which is simulated. Source: Node 24's lib/https.js. */
import { Agent as HttpAgent } from '../http/agent.ts';
import { ClientRequest, urlToHttpOptions } from '../http/client.ts';
import { Server as HttpServer } from '../http/server.ts';
import { ServerConnection } from '../http/server-connection.ts';
import { isIP } from '../net/address.ts';
import { isInstance } from '../net/instance.ts';
import tls from '../tls/index.ts';

export const Server: any = function Server(this: any, given?: any, requestListener?: any): any {
  if (!isInstance(this, Server)) return new (Server as any)(given, requestListener);
  const [options, listener] = typeof given === 'function' ? [{}, given] : [given ?? {}, requestListener];
  const usesAlpn = options.ALPNProtocols || options.ALPNCallback;
  tls.Server.call(
    this,
    { ...(usesAlpn ? {} : { ALPNProtocols: ['http/1.1'] }), ...options, allowHalfOpen: true },
    onSecure,
  );
  // The HTTP half: what an http.Server with these options keeps on itself, and its sweep for slow requests.
  const plain = new HttpServer(options);
  for (const key of Object.keys(plain)) if (!Object.hasOwn(this, key)) this[key] = plain[key];
  for (const onListening of plain.listeners('listening')) this.on('listening', onListening);
  if (listener) this.on('request', listener);
  this.on('tlsClientError', (error: any, socket: any) => {
    if (!this.emit('clientError', error, socket)) socket.destroy(error);
  });
  return undefined;
};
Object.setPrototypeOf(Server.prototype, tls.Server.prototype);
Object.setPrototypeOf(Server, tls.Server);
for (const name of ['close', 'closeAllConnections', 'closeIdleConnections', 'setTimeout']) {
  Server.prototype[name] = HttpServer.prototype[name];
}
Server.prototype[Symbol.for('nodejs.rejection')] = HttpServer.prototype[Symbol.for('nodejs.rejection')];

function onSecure(this: any, socket: any): void {
  this._httpConnections.add(new ServerConnection(this, socket));
}

export const Agent: any = function Agent(this: any, given?: any): any {
  if (!isInstance(this, Agent)) return new (Agent as any)(given);
  HttpAgent.call(this, { defaultPort: 443, protocol: 'https:', ...given });
  this.maxCachedSessions = this.options.maxCachedSessions ?? 100;
  this._sessionCache = { map: {}, list: [] };
  return undefined;
};
Object.setPrototypeOf(Agent.prototype, HttpAgent.prototype);
Object.setPrototypeOf(Agent, HttpAgent);

Agent.prototype.createConnection = (...args: any[]): any => {
  const options = args.find((one) => one !== null && typeof one === 'object');
  return tls.connect({ ...options });
};

/** The name in the hello is the one the request was meant for, without an address. */
Agent.prototype.addRequest = function (this: any, req: any, given: any, ...rest: any[]): void {
  // All of the agent's options are part of a connection's name.
  const options = { ...given, ...this.options };
  if (!options.servername && options.servername !== '') {
    const header = req.getHeader?.('host');
    const host =
      typeof header === 'string'
        ? header.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([^:]*):\d+$/, '$1')
        : options.host;
    options.servername = isIP(host) ? '' : host;
  }
  HttpAgent.prototype.addRequest.call(this, req, options, ...rest);
};

const IDENTITY =
  'ca cert clientCertEngine ciphers key pfx rejectUnauthorized servername minVersion maxVersion secureProtocol crl ' +
  'honorCipherOrder ecdhCurve dhparam secureOptions sessionIdContext sigalgs privateKeyIdentifier privateKeyEngine';

/** Connections are shared only between requests with one identity and one trust. */
Agent.prototype.getName = function (this: any, options: any = {}): string {
  const parts = IDENTITY.split(' ').map((key) => {
    const value = options[key];
    if (value === undefined || (key === 'servername' && value === options.host)) return '';
    return key === 'rejectUnauthorized' || key === 'honorCipherOrder' ? String(value) : value ? String(value) : '';
  });
  return `${HttpAgent.prototype.getName.call(this, options)}:${parts.join(':')}`;
};

const state = { agent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5000 }) };

export function request(...args: any[]): any {
  let options: any = {};
  if (typeof args[0] === 'string') options = urlToHttpOptions(new URL(args.shift()));
  else if (args[0]?.href && args[0].protocol && args[0].path === undefined) options = urlToHttpOptions(args.shift());
  if (args[0] !== null && typeof args[0] === 'object') Object.assign(options, args.shift());
  options._defaultAgent = state.agent;
  return new ClientRequest(options, ...args);
}

export function get(...args: any[]): any {
  const req = request(...args);
  req.end();
  return req;
}

export default {
  Agent,
  Server,
  createServer: (options?: any, listener?: any) => new Server(options, listener),
  get,
  request,
  get globalAgent() {
    return state.agent;
  },
  set globalAgent(agent: any) {
    state.agent = agent;
  },
};
