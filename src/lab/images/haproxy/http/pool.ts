/** Connections to servers that wait for a next request. */
import type { ServerMachine, ServerSocket } from '../../server.ts';
import type { BackendServer } from '../balance/server.ts';

/** As pool-purge-delay. */
const IDLE_MS = 5000;

const idle = new WeakMap<BackendServer, Set<ServerSocket>>();

/** The one used last, null when there is none. */
export function pooled(server: BackendServer): ServerSocket | null {
  const sockets = idle.get(server);
  const last = sockets ? [...sockets].at(-1) : undefined;
  if (last === undefined) return null;
  sockets!.delete(last);
  return last;
}

export function release(machine: ServerMachine, server: BackendServer, socket: ServerSocket): void {
  const sockets = idle.get(server) ?? new Set();
  idle.set(server, sockets);
  sockets.add(socket);
  const gone = () => void sockets.delete(socket);
  // What a server says unasked makes its connection useless.
  socket.onData = () => {
    if (sockets.delete(socket)) socket.reset();
  };
  socket.onEnd = () => {
    if (sockets.delete(socket)) socket.end();
  };
  socket.onClose = gone;
  machine.after(IDLE_MS, () => {
    if (sockets.delete(socket)) socket.end();
  });
}
