/** A client's connection in mode tcp: bytes from one side to the other. */
import type { ServerSocket } from '../server.ts';
import type { BackendServer } from './balance/server.ts';
import { COST } from './cost.ts';
import type { Frontend, LoadBalancer } from './proxy.ts';

export function serveTcp(proxy: LoadBalancer, frontend: Frontend, client: ServerSocket): void {
  const { spec } = frontend;
  const { machine } = proxy;
  const backend = proxy.backends.get(spec.defaultBackend ?? (spec.hasBackend ? spec.name : '')) ?? null;
  const startMs = machine.nowMs();
  let server: BackendServer | null = null;
  let upstream: ServerSocket | null = null;
  let isConnected = false;
  let isOver = false;
  let triesLeft = backend?.spec.retries ?? 0;
  let early: Uint8Array[] = [];
  let stopTimer: (() => void) | null = null;
  let stopIdle: (() => void) | null = null;

  const timer = (ms: number, run: () => void) => {
    stopTimer?.();
    stopTimer = ms > 0 ? machine.after(ms, run) : null;
  };
  const idle = () => {
    stopIdle?.();
    const ms = Math.max(spec.timeouts.client, backend?.spec.timeouts.server ?? 0);
    stopIdle = ms > 0 ? machine.after(ms, close) : null;
  };
  const leave = () => {
    if (!server) return;
    server.onDown.delete(close);
    backend!.freed(server);
    server = null;
  };
  const waiting = { go: (next: BackendServer) => connect(next) };

  function close() {
    if (isOver) return;
    isOver = true;
    stopTimer?.();
    stopIdle?.();
    backend?.leave(waiting);
    const text = `${client.remoteAddress}:${client.remotePort} → ${backend?.spec.name ?? '-'}/${server?.spec.name ?? '<NOSRV>'}`;
    machine.operation({ connection: client.id, name: 'tcp', text: text.slice(0, 200), startMs });
    leave();
    upstream?.end();
    client.end();
    if (backend) backend.sessions--;
    frontend.sessions--;
    proxy.connections--;
  }

  function assign(avoid: BackendServer | null) {
    const chosen = backend?.choose(client.remoteAddress, avoid) ?? null;
    if (chosen === null) return close();
    if (chosen !== 'full') return connect(chosen);
    backend!.wait(waiting);
    timer(backend!.spec.timeouts.queue || backend!.spec.timeouts.connect, close);
  }

  function connect(next: BackendServer) {
    if (isOver) return;
    backend!.taken(next);
    server = next;
    next.onDown.add(close);
    open(next);
  }

  function open(next: BackendServer) {
    proxy.burn(COST.connectUs);
    timer(backend!.spec.timeouts.connect, refused);
    const socket = machine.connect(next.address!, next.spec.port, () => {
      if (upstream !== socket) return;
      timer(0, close);
      isConnected = true;
      for (const chunk of early) socket.write(chunk);
      early = [];
      idle();
    });
    upstream = socket;
    socket.onData = (chunk) => {
      frontend.bytesOut += chunk.length;
      proxy.burn(chunk.length * COST.byteUs);
      if (!client.write(chunk)) socket.pauseReading();
      idle();
    };
    socket.onDrain = () => client.resumeReading();
    socket.onEnd = () => client.end();
    socket.onClose = () => {
      if (upstream !== socket) return;
      if (isConnected) close();
      else refused();
    };
  }

  function refused() {
    const failed = server;
    const socket = upstream;
    upstream = null;
    socket?.reset();
    if (!failed) return close();
    failed.errorsConnect++;
    proxy.health.observe(backend!, failed, true, 'Layer4 connection problem');
    if (triesLeft-- <= 0) return close();
    if (backend!.spec.redispatch && (triesLeft === 0 || !failed.isUsable)) {
      leave();
      return assign(failed);
    }
    timer(Math.min(1000, backend!.spec.timeouts.connect || 1000), () => open(failed));
  }

  client.onData = (chunk) => {
    frontend.bytesIn += chunk.length;
    proxy.burn(chunk.length * COST.byteUs);
    if (!isConnected) early.push(chunk);
    else if (!upstream!.write(chunk)) client.pauseReading();
    if (isConnected) idle();
  };
  client.onDrain = () => upstream?.resumeReading();
  client.onEnd = () => {
    if (isConnected) upstream?.end();
    else close();
  };
  client.onClose = close;
  if (backend) {
    backend.sessions++;
    backend.sessionsTotal++;
  }
  assign(null);
}
