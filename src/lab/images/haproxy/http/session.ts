/**
 * A client's connection in mode http: requests one after another, each to a server of its own choosing. Connections to
 * servers are kept and used again, by sessions that are past their first request (`http-reuse safe`, the default).
 */
import { civilTime, MONTHS, two } from '../../civil-time.ts';
import type { ServerSocket } from '../../server.ts';
import type { Backend } from '../balance/backend.ts';
import { bytesOf, textOf } from '../balance/health.ts';
import type { BackendServer } from '../balance/server.ts';
import { COST } from '../cost.ts';
import type { Frontend, LoadBalancer } from '../proxy.ts';
import { statsPage } from '../stats.ts';
import { Body, errorPage, type Head, headerOf, parseHead, writeHead } from './message.ts';
import { pooled, release } from './pool.ts';
import { applyRules, backendFor, type Request } from './rules.ts';

export class HttpSession {
  readonly proxy: LoadBalancer;
  readonly frontend: Frontend;
  readonly client: ServerSocket;
  requests = 0;
  private input = '';
  private exchange: Exchange | null = null;
  private isOver = false;
  private stopTimer: (() => void) | null = null;

  constructor(proxy: LoadBalancer, frontend: Frontend, client: ServerSocket) {
    this.proxy = proxy;
    this.frontend = frontend;
    this.client = client;
    const { client: clientMs, httpRequest } = frontend.spec.timeouts;
    this.wait(httpRequest || clientMs, true);
    client.onData = (chunk) => {
      this.frontend.bytesIn += chunk.length;
      proxy.burn(chunk.length * COST.byteUs);
      this.input += textOf(chunk);
      this.read();
    };
    client.onEnd = () => {
      // A client that says it will send no more may still read; one that waits for nothing is gone.
      if (this.exchange === null) this.close();
    };
    client.onClose = () => {
      this.exchange?.clientGone();
      this.over();
    };
    client.onDrain = () => this.exchange?.clientDrained();
  }

  /** What came of the request's body goes on with it; then the next head. */
  private read() {
    if (this.isOver) return;
    if (this.exchange) {
      this.input = this.exchange.fromClient(this.input);
      return;
    }
    if (this.input === '') return;
    const head = parseHead(this.input.replace(/^(?:\r\n)+/, ''), true);
    if (head === null) {
      const { client, httpRequest } = this.frontend.spec.timeouts;
      this.wait(httpRequest || client, true);
      return;
    }
    let body: Body | null = null;
    try {
      if (head !== 'bad') body = new Body(head, 'request');
    } catch {
      // Lengths that contradict each other: refused below.
    }
    if (head === 'bad' || body === null) {
      this.frontend.requestErrors++;
      this.answer(400, errorPage(400, true));
      return this.close();
    }
    this.stopTimer?.();
    this.input = this.input.replace(/^(?:\r\n)+/, '').slice(head.length);
    this.requests++;
    this.frontend.requests++;
    const exchange = new Exchange(this, head, body);
    this.exchange = exchange;
    exchange.start();
    if (this.exchange === exchange) this.input = exchange.fromClient(this.input);
  }

  answer(status: number, text: string): void {
    this.frontend.responses[Math.floor(status / 100)]!++;
    this.send(text);
  }

  send(text: string): boolean {
    this.frontend.bytesOut += text.length;
    return this.client.write(bytesOf(text));
  }

  /** The exchange is over. */
  done(isKept: boolean) {
    this.exchange = null;
    if (!isKept || this.proxy.isStopping) return this.close();
    const { client, httpRequest, keepAlive } = this.frontend.spec.timeouts;
    this.wait(keepAlive || httpRequest || client, false);
    if (this.input !== '') this.proxy.machine.after(0, () => this.read());
  }

  private wait(ms: number, tells: boolean): void {
    this.stopTimer?.();
    this.stopTimer = null;
    if (ms <= 0) return;
    this.stopTimer = this.proxy.machine.after(ms, () => {
      if (tells && this.input !== '') this.answer(408, errorPage(408, true));
      this.close();
    });
  }

  close(): void {
    if (this.isOver) return;
    this.over();
    this.client.end();
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stopTimer?.();
    this.frontend.sessions--;
    this.proxy.connections--;
  }
}

/** One request and its response. */
class Exchange {
  private readonly session: HttpSession;
  private readonly proxy: LoadBalancer;
  private readonly request: Request;
  private readonly body: Body;
  private readonly startMs: number;
  private backend: Backend | null = null;
  private server: BackendServer | null = null;
  private upstream: ServerSocket | null = null;
  private isConnected = false;
  /** To be sent once there is a connection; kept until the response begins, for a second try. */
  private outgoing = '';
  private hasAll = false;
  private triesLeft = 0;
  private answerText = '';
  private responseHead: Head | null = null;
  private responseBody: Body | null = null;
  private isReused = false;
  private isOver = false;
  private stops = new Map<string, () => void>();
  private readonly waiting = { go: (server: BackendServer) => this.assigned(server) };
  private readonly onServerDown = () => this.fail(503);
  private status = 0;
  private timesMs = { queued: 0, connected: 0, answered: 0 };

  constructor(session: HttpSession, head: Head, body: Body) {
    this.session = session;
    this.proxy = session.proxy;
    this.body = body;
    this.request = { head, source: session.client.remoteAddress, headers: head.headers };
    this.startMs = this.proxy.machine.nowMs();
  }

  private get isKept(): boolean {
    const { head } = this.request;
    const connection = headerOf(head.headers, 'connection')?.toLowerCase() ?? '';
    return head.third === 'HTTP/1.1' ? !connection.includes('close') : connection.includes('keep-alive');
  }

  start() {
    const { proxy, session, request } = this;
    const { spec } = session.frontend;
    proxy.burn(COST.requestUs);
    if (this.byRules(spec.rules) || this.byStats(spec.statsUri)) return;
    const name =
      backendFor(proxy, request, spec.useBackends) ?? spec.defaultBackend ?? (spec.hasBackend ? spec.name : null);
    this.backend = name === null ? null : (proxy.backends.get(name) ?? null);
    const { backend } = this;
    if (!backend) return this.fail(503);
    backend.sessions++;
    backend.sessionsTotal++;
    backend.sessionsMax = Math.max(backend.sessionsMax, backend.sessions);
    if (backend.spec !== spec && (this.byRules(backend.spec.rules) || this.byStats(backend.spec.statsUri))) return;
    let headers = request.headers.filter(
      ([key]) => key !== 'connection' && key !== 'keep-alive' && key !== 'proxy-connection',
    );
    if (spec.forwardFor || backend.spec.forwardFor) headers = [...headers, ['x-forwarded-for', request.source]];
    if (backend.spec.closesServer) headers = [...headers, ['connection', 'close']];
    else if (request.head.third === 'HTTP/1.0') headers = [...headers, ['connection', 'keep-alive']];
    this.outgoing = writeHead(`${request.head.first} ${request.head.second} ${request.head.third}`, headers);
    this.hasAll = this.body.isDone;
    this.triesLeft = backend.spec.retries;
    this.assign(null);
  }

  private byRules(rules: Parameters<typeof applyRules>[2]): boolean {
    const answer = applyRules(this.proxy, this.request, rules);
    if (!answer) return false;
    if (answer.status === 403) this.session.frontend.denied++;
    this.own(answer.status, answer.text);
    return true;
  }

  private byStats(uri: string | null): boolean {
    if (uri === null || !this.request.head.second.startsWith(uri)) return false;
    this.own(200, statsPage(this.proxy, this.request.head.second.slice(uri.length)));
    return true;
  }

  /** An answer of HAProxy itself. What is left of the request's body cannot be told from a next request, so it closes then. */
  private own(status: number, text: string) {
    this.status = status;
    this.session.answer(status, text);
    this.finish(this.isKept && this.body.isDone);
  }

  // --- a server

  private assign(avoid: BackendServer | null) {
    const { backend, request } = this;
    const key = backend!.spec.balance === 'uri' ? request.head.second.split('?')[0]! : request.source;
    const chosen = backend!.choose(key, avoid);
    if (chosen === null) return this.fail(503);
    if (chosen !== 'full') return this.assigned(chosen);
    backend!.wait(this.waiting);
    const { queue, connect } = backend!.spec.timeouts;
    this.timer('queue', queue || connect, () => this.fail(503));
  }

  private assigned(server: BackendServer): void {
    this.stop('queue');
    this.timesMs.queued = this.proxy.machine.nowMs();
    this.backend!.taken(server);
    this.server = server;
    server.onDown.add(this.onServerDown);
    this.connect(server);
  }

  private connect(server: BackendServer) {
    const { machine } = this.proxy;
    const idle = this.session.requests > 1 ? pooled(server) : null;
    this.answerText = '';
    this.isReused = idle !== null;
    if (idle) {
      this.attach(idle);
      return this.connected();
    }
    this.proxy.burn(COST.connectUs);
    this.isConnected = false;
    const socket = machine.connect(server.address!, server.spec.port, () => {
      if (this.upstream === socket) this.connected();
    });
    this.attach(socket);
    this.timer('connect', this.backend!.spec.timeouts.connect, () => this.notConnected());
  }

  private attach(socket: ServerSocket) {
    this.upstream = socket;
    socket.servedFor = this.session.client.id;
    socket.onData = (chunk) => {
      if (this.upstream === socket) this.fromServer(textOf(chunk));
    };
    socket.onEnd = () => {
      if (this.upstream === socket) this.serverEnded();
    };
    socket.onClose = () => {
      if (this.upstream !== socket) return;
      if (this.isConnected) this.serverEnded();
      else this.notConnected();
    };
    socket.onDrain = () => this.session.client.resumeReading();
  }

  private notConnected() {
    const { server, backend } = this;
    this.stop('connect');
    this.drop();
    server!.errorsConnect++;
    this.proxy.health.observe(backend!, server!, true, 'Layer4 connection problem');
    if (this.triesLeft <= 0) {
      this.leaveServer();
      return this.fail(503);
    }
    this.triesLeft--;
    if (backend!.spec.redispatch && (this.triesLeft === 0 || !server!.isUsable)) {
      server!.redispatches++;
      this.leaveServer();
      return this.assign(server);
    }
    server!.retries++;
    // The same server again, after a second or the time a connection may take (stream.c, back_handle_st_cer).
    const ms = Math.min(1000, backend!.spec.timeouts.connect || 1000);
    this.timer('retry', ms, () => {
      if (server!.isUsable) return this.connect(server!);
      this.leaveServer();
      this.assign(server);
    });
  }

  private connected(): void {
    this.stop('connect');
    this.isConnected = true;
    this.timesMs.connected = this.proxy.machine.nowMs();
    // By its answers, where those are what is looked at: a connection alone does not make up for them.
    if (this.server!.spec.observe === 'layer4') this.proxy.health.observe(this.backend!, this.server!, false, '');
    this.toServer(this.outgoing);
    this.awaitServer();
  }

  private toServer(text: string) {
    if (text === '') return;
    this.server!.bytesIn += text.length;
    this.backend!.bytesIn += text.length;
    if (!this.upstream!.write(bytesOf(text))) this.session.client.pauseReading();
  }

  private awaitServer() {
    if (!this.hasAll) return;
    this.timer('server', this.backend!.spec.timeouts.server, () => {
      if (this.responseHead) return this.abort();
      this.proxy.health.observe(this.backend!, this.server!, true, 'Layer7 timeout');
      this.fail(504);
    });
  }

  // --- bytes

  /** The client's bytes; what is not of this request comes back. */
  fromClient(text: string): string {
    if (this.isOver || this.hasAll || text === '') return text;
    let used = 0;
    try {
      used = this.body.take(text);
    } catch {
      this.fail(400);
      return '';
    }
    const part = text.slice(0, used);
    this.hasAll = this.body.isDone;
    if (this.isConnected) this.toServer(part);
    else this.outgoing += part;
    if (this.isConnected) this.awaitServer();
    return text.slice(used);
  }

  private fromServer(text: string) {
    const { session, server, backend } = this;
    this.proxy.burn(text.length * COST.byteUs);
    server!.bytesOut += text.length;
    backend!.bytesOut += text.length;
    this.awaitServer();
    if (this.responseBody) return this.responseData(text);
    this.answerText += text;
    for (;;) {
      const head = parseHead(this.answerText, false);
      if (head === null) return;
      if (head === 'bad') return this.badResponse();
      const rest = this.answerText.slice(head.length);
      if (head.second[0] === '1' && head.second !== '101') {
        session.send(writeHead(`HTTP/1.1 ${head.second} ${head.third}`, head.headers));
        this.answerText = rest;
        continue;
      }
      return this.respond(head, rest);
    }
  }

  private respond(head: Head, rest: string) {
    const { session, backend, server, request } = this;
    const status = Number(head.second);
    const isBare = request.head.first === 'HEAD' || status === 204 || status === 304;
    try {
      this.responseBody = new Body(head, isBare ? 'none' : 'response');
    } catch {
      return this.badResponse();
    }
    this.proxy.burn(COST.responseUs);
    this.timesMs.answered = this.proxy.machine.nowMs();
    this.responseHead = head;
    this.outgoing = '';
    this.status = status;
    server!.responses[Math.floor(status / 100)]!++;
    backend!.responses[Math.floor(status / 100)]!++;
    if (server!.spec.observe === 'layer7') {
      this.proxy.health.observe(
        backend!,
        server!,
        status >= 500 && status !== 501 && status !== 505,
        `Layer7 wrong status, code: ${status}`,
      );
    }
    const closes = !this.isKept || this.responseBody.isToEnd;
    const headers = head.headers.filter(([name]) => name !== 'connection');
    const isOld = request.head.third === 'HTTP/1.0';
    const own = closes ? [['connection', 'close'] as const] : isOld ? [['connection', 'keep-alive'] as const] : [];
    session.answer(status, writeHead(`HTTP/1.1 ${head.second} ${head.third}`, [...headers, ...own]));
    this.responseData(rest);
  }

  private responseData(text: string) {
    const body = this.responseBody!;
    let used = 0;
    try {
      used = body.take(text);
    } catch {
      return this.abort();
    }
    if (used > 0 && !this.session.send(text.slice(0, used))) this.upstream!.pauseReading();
    if (body.isDone) this.completed();
  }

  clientDrained(): void {
    this.upstream?.resumeReading();
  }

  private completed() {
    const { server, upstream, responseHead } = this;
    const isServerKept =
      this.hasAll &&
      !this.backend!.spec.closesServer &&
      responseHead!.first === 'HTTP/1.1' &&
      !headerOf(responseHead!.headers, 'connection')?.toLowerCase().includes('close');
    const isKept = this.isKept && this.hasAll && !this.responseBody!.isToEnd;
    if (isServerKept) {
      this.upstream = null;
      release(this.proxy.machine, server!, upstream!);
    }
    this.finish(isKept);
  }

  private serverEnded() {
    if (this.responseBody?.isToEnd) return this.finish(false);
    if (this.responseHead) return this.abort();
    // A kept connection that the server has closed in the meantime: once more, on a new one.
    if (this.isReused && this.answerText === '' && this.hasAll) {
      this.drop();
      this.session.requests = 1;
      this.connect(this.server!);
      return;
    }
    this.badResponse();
  }

  private badResponse(): void {
    this.server!.errorsResponse++;
    this.proxy.health.observe(this.backend!, this.server!, true, 'Layer7 invalid response');
    this.fail(502);
  }

  // --- end

  private fail(status: number) {
    if (this.isOver) return;
    if (this.responseHead) return this.abort();
    this.status = status;
    if (this.backend) this.backend.responses[Math.floor(status / 100)]!++;
    const isKept = this.isKept && this.hasAll && status !== 400;
    this.session.answer(status, errorPage(status, !isKept));
    this.finish(isKept);
  }

  /** In the middle of a response there is nothing left to say. */
  private abort(): void {
    this.finish(false);
  }

  clientGone(): void {
    this.finish(false);
  }

  private finish(isKept: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const stop of this.stops.values()) stop();
    this.stops.clear();
    this.backend?.leave(this.waiting);
    this.drop();
    this.leaveServer();
    if (this.backend) this.backend.sessions--;
    this.log();
    this.session.done(isKept);
  }

  private lastServer = '<NOSRV>';

  private leaveServer(): void {
    const { server } = this;
    if (!server) return;
    this.lastServer = server.spec.name;
    this.server = null;
    server.onDown.delete(this.onServerDown);
    this.backend!.freed(server);
  }

  private drop(): void {
    const socket = this.upstream;
    this.upstream = null;
    this.isConnected = false;
    socket?.reset();
  }

  private timer(name: string, ms: number, run: () => void): void {
    this.stop(name);
    if (ms > 0) this.stops.set(name, this.proxy.machine.after(ms, run));
  }

  private stop(name: string): void {
    this.stops.get(name)?.();
    this.stops.delete(name);
  }

  private log(): void {
    const { machine, config } = this.proxy;
    const { frontend, client } = this.session;
    const { head, source } = this.request;
    const nowMs = machine.nowMs();
    machine.operation({
      connection: client.id,
      name: head.first,
      text: `${head.second} → ${this.backend?.spec.name ?? frontend.spec.name}/${this.lastServer} ${this.status}`.slice(
        0,
        200,
      ),
      startMs: this.startMs,
      ...(this.status >= 500 ? { error: String(this.status) } : {}),
    });
    if (!frontend.spec.logsHttp || !config.logsToStdout) return;
    const { queued, connected, answered } = this.timesMs;
    const since = (to: number, from: number) => (to === 0 ? -1 : Math.round(to - from));
    const times = [
      0,
      since(queued, this.startMs),
      since(connected, queued),
      since(answered, connected),
      Math.round(nowMs - this.startMs),
    ];
    const backend = this.backend?.spec.name ?? frontend.spec.name;
    machine.log(
      `${source}:${client.remotePort} [${dateOf(machine.wallMs() - (nowMs - this.startMs))}] ${frontend.spec.name} ${backend}/${this.lastServer} ` +
        `${times.join('/')} ${this.status} ${frontend.bytesOut} - - ---- ${this.proxy.connections}/${frontend.sessions}/` +
        `${this.backend?.sessions ?? 0}/0/0 0/${this.backend?.queue.length ?? 0} "${head.first} ${head.second} ${head.third}"`,
    );
  }
}

/** `23/Nov/2026:10:35:24.131` */
function dateOf(wallMs: number): string {
  const { year, month, day, hour, minute, second, ms } = civilTime(wallMs);
  const time = `${two(hour)}:${two(minute)}:${two(second)}.${String(ms).padStart(3, '0')}`;
  return `${two(day)}/${MONTHS[month - 1]}/${year}:${time}`;
}
