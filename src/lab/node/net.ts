/**
 * node:net. Sockets in net/socket.ts, how they connect in net/connect.ts, servers in net/server.ts; net/handle.ts is
 * where the kernel begins.
 *
 * Left out: Unix domain sockets, file descriptors, BlockList, SocketAddress.
 */
import { missing } from './errors.ts';
import { isIP, isIPv4, isIPv6 } from './net/address.ts';
import {
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  normalizeArgs,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
} from './net/connect.ts';
import { Server } from './net/server.ts';
import { Socket } from './net/socket.ts';

export function createServer(options?: any, connectionListener?: any): any {
  return new Server(options, connectionListener);
}

export function createConnection(...args: any[]): any {
  const normalized = normalizeArgs(args);
  const options = normalized[0];
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect(normalized);
}

class BlockList {
  constructor() {
    missing('net.BlockList', 'Check addresses with your own code.');
  }
}

class SocketAddress {
  constructor() {
    missing('net.SocketAddress', 'Use the plain object of socket.address().');
  }
}

const net = {
  Socket,
  Stream: Socket,
  Server,
  createServer,
  createConnection,
  connect: createConnection,
  isIP,
  isIPv4,
  isIPv6,
  BlockList,
  SocketAddress,
  getDefaultAutoSelectFamily,
  setDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout,
  _normalizeArgs: normalizeArgs,
};

export { isIP, isIPv4, isIPv6, Server, Socket };
export default net;
