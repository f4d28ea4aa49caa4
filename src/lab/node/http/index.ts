/**
 * node:http. Bytes to messages in parser.ts; a server's connection in server-connection.ts; a client's request in
 * client.ts and client-exchange.ts; connections kept between requests in agent.ts.
 *
 * Left out: insecure parsing, proxies from the environment, WebSocket, diagnostics channels.
 */
import { validateInteger } from '../validators.ts';
import { Agent } from './agent.ts';
import { ClientRequest, globals } from './client.ts';
import { validateHeaderName, validateHeaderValue } from './header.ts';
import { IncomingMessage } from './incoming.ts';
import { OutgoingMessage } from './outgoing.ts';
import { METHODS } from './parse-error.ts';
import { Server } from './server.ts';
import { ServerResponse } from './server-response.ts';
import { STATUS_CODES } from './status.ts';

export function createServer(options?: any, requestListener?: any): any {
  return new Server(options, requestListener);
}

export function request(url: any, options?: any, callback?: any): any {
  return new ClientRequest(url, options, callback);
}

export function get(url: any, options?: any, callback?: any): any {
  const req = request(url, options, callback);
  req.end();
  return req;
}

const http = {
  METHODS: [...METHODS],
  STATUS_CODES,
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  Server,
  ServerResponse,
  createServer,
  validateHeaderName,
  validateHeaderValue,
  get,
  request,
  maxHeaderSize: 16_384,
  setMaxIdleHTTPParsers(max: number) {
    validateInteger(max, 'max', 1);
  },
  get globalAgent() {
    return globals.agent;
  },
  set globalAgent(agent: any) {
    globals.agent = agent;
  },
};

export { Agent, ClientRequest, IncomingMessage, METHODS, OutgoingMessage, Server, ServerResponse, STATUS_CODES };
export default http;
