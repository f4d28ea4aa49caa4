/** Health checks: connect, or ask by HTTP; so many failures in a row and a server is down, so many successes and it is up. */
import type { ServerMachine, ServerSocket } from '../../server.ts';
import { COST } from '../cost.ts';
import { parseHead } from '../http/message.ts';
import type { Backend } from './backend.ts';
import type { BackendServer } from './server.ts';

type Result = {
  readonly isGood: boolean;
  readonly code: string;
  readonly reason: string;
  readonly info: string;
  readonly status?: number;
};

export class Health {
  private readonly machine: ServerMachine;
  private readonly backends: readonly Backend[];

  constructor(machine: ServerMachine, backends: readonly Backend[]) {
    this.machine = machine;
    this.backends = backends;
  }

  /** Spread over the interval, as the real one starts them. */
  start(): void {
    for (const backend of this.backends) {
      const checked = backend.servers.filter(({ spec }) => spec.isChecked && !spec.isDisabled);
      for (const [i, server] of checked.entries()) {
        this.machine.after((server.spec.interMs * i) / checked.length, () => this.check(backend, server));
      }
    }
  }

  private later(backend: Backend, server: BackendServer): void {
    const { interMs, fastInterMs, downInterMs } = server.spec;
    const isInDoubt = server.against > 0;
    const ms = isInDoubt ? fastInterMs || interMs : server.state === 'DOWN' ? downInterMs || interMs : interMs;
    this.machine.after(ms, () => this.check(backend, server));
  }

  private check(backend: Backend, server: BackendServer) {
    const { machine } = this;
    if (server.state === 'MAINT' || server.address === null) return this.later(backend, server);
    machine.burn(COST.checkUs);
    const startMs = machine.nowMs();
    const { check, timeouts } = backend.spec;
    let isOver = false;
    let isConnected = false;
    let text = '';
    const layer = () => (isConnected ? (check.kind === 'http' ? 7 : 6) : 4);
    const done = (result: Result) => {
      if (isOver) return;
      isOver = true;
      stop();
      socket.reset();
      this.result(backend, server, result, Math.round(machine.nowMs() - startMs));
      this.later(backend, server);
    };
    const timeoutMs = timeouts.check || Math.min(timeouts.connect || Infinity, server.spec.interMs);
    const stop = machine.after(timeoutMs, () =>
      done({ isGood: false, code: `L${layer()}TOUT`, reason: `Layer${layer()} timeout`, info: '' }),
    );
    const socket: ServerSocket = machine.connect(server.address, server.spec.port, () => {
      isConnected = true;
      if (check.kind === 'tcp') return done({ isGood: true, code: 'L4OK', reason: 'Layer4 check passed', info: '' });
      const headers = check.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.write(bytesOf(`${check.method} ${check.uri} HTTP/1.${headers === '' ? 0 : 1}\r\n${headers}\r\n`));
    });
    socket.onData = (chunk) => {
      text += textOf(chunk);
      const head = parseHead(text, false);
      if (head === 'bad') return done({ isGood: false, code: 'L7RSP', reason: 'Layer7 invalid response', info: '' });
      if (head) done(judge(backend, Number(head.second), head.third, text));
    };
    socket.onClose = (code) => {
      const info = code === 'ECONNREFUSED' ? 'Connection refused' : code === null ? '' : 'Connection reset by peer';
      const isLayer7 = isConnected && check.kind === 'http';
      done({
        isGood: false,
        code: isLayer7 ? 'L7RSP' : 'L4CON',
        reason: isLayer7 ? 'Layer7 invalid response' : 'Layer4 connection problem',
        info,
      });
    };
  }

  private result(backend: Backend, server: BackendServer, result: Result, tookMs: number): void {
    server.lastCheck = result.code;
    server.lastCheckCode = result.status ?? 0;
    if (!result.isGood) server.checksFailed++;
    const isUp = server.state === 'UP';
    if (result.isGood === isUp) {
      server.against = 0;
      return;
    }
    server.against++;
    if (server.against < (isUp ? server.spec.fall : server.spec.rise)) return;
    const code = result.status === undefined ? '' : `, code: ${result.status}`;
    const info = result.info === '' ? '' : `, info: "${result.info}"`;
    this.turn(backend, server, !isUp, `reason: ${result.reason}${code}${info}, check duration: ${tookMs}ms`);
  }

  /** What the traffic of a session told of its server. */
  observe(backend: Backend, server: BackendServer, isError: boolean, what: string): void {
    const { observe, errorLimit, onError } = server.spec;
    if (observe === 'none' || server.state !== 'UP') return;
    if (!isError) {
      server.observedErrors = 0;
      return;
    }
    if (++server.observedErrors < errorLimit) return;
    server.observedErrors = 0;
    if (onError === 'mark-down')
      this.turn(
        backend,
        server,
        false,
        `reason: Health analyze, info: "Detected ${errorLimit} consecutive errors, last one was: ${what}"`,
      );
    else if (onError !== 'fastinter') {
      server.against = onError === 'sudden-death' ? server.spec.fall - 1 : server.against + 1;
      if (server.against >= server.spec.fall) this.turn(backend, server, false, 'reason: Health analyze');
    }
  }

  private turn(backend: Backend, server: BackendServer, isUp: boolean, why: string): void {
    const { machine } = this;
    server.state = isUp ? 'UP' : 'DOWN';
    server.against = 0;
    server.changedMs = machine.nowMs();
    if (isUp) server.upSinceMs = machine.nowMs();
    else server.downs++;
    const up = backend.servers.filter((one) => one.isUsable);
    const active = up.filter(({ spec }) => !spec.isBackup).length;
    const counts = `${active} active and ${up.length - active} backup servers ${isUp ? 'online' : 'left'}.`;
    const queued = isUp
      ? `0 sessions requeued, ${backend.queue.length} total in queue.`
      : `${server.sessions} sessions active, 0 requeued, ${backend.queue.length} remaining in queue.`;
    const backup = server.spec.isBackup ? 'Backup Server' : 'Server';
    machine.log(
      `[WARNING]  (8) : ${backup} ${backend.spec.name}/${server.spec.name} is ${isUp ? 'UP' : 'DOWN'}, ${why}. ${counts} ${queued}`,
      'stderr',
    );
    if (!isUp && up.length === 0)
      machine.log(`[ALERT]    (8) : backend '${backend.spec.name}' has no server available!`, 'stderr');
    machine.operation({
      connection: 0,
      name: `server ${isUp ? 'up' : 'down'}`,
      text: `${backend.spec.name}/${server.spec.name}: ${why}`.slice(0, 200),
      startMs: machine.nowMs(),
    });
    if (!isUp && server.spec.shutsSessions) for (const run of [...server.onDown]) run();
    backend.serveQueue();
  }
}

function judge(backend: Backend, status: number, reason: string, text: string): Result {
  const { expect } = backend.spec.check;
  let isGood = status >= 200 && status < 400;
  if (expect?.kind === 'status') {
    const inRange = expect.value.split(',').some((part) => {
      const [low, high] = part.split('-').map(Number);
      return status >= low! && status <= (high ?? low!);
    });
    isGood = inRange !== expect.isNot;
  } else if (expect) isGood = text.slice(text.indexOf('\r\n\r\n') + 4).includes(expect.value) !== expect.isNot;
  if (isGood) return { isGood, code: 'L7OK', reason: 'Layer7 check passed', info: reason, status };
  return {
    isGood,
    code: 'L7STS',
    reason: 'Layer7 wrong status',
    info: expect ? `HTTP status check returned code <${status}>` : reason,
    status,
  };
}

export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function textOf(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4096) as unknown as number[]);
  }
  return text;
}
