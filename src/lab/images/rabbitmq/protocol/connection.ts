/**
 * A connection: handshake, frames to methods, heartbeats, blocking by alarms, both ways of closing (rabbit_reader.erl).
 * What goes wrong here closes the connection with the server's words; nothing is ever thrown out of it.
 */
import type { ServerSocket } from '../../server.ts';
import type { Broker, Link, User } from '../broker/broker.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import { COST } from '../cost.ts';
import { ShortInput } from '../wire/buffer.ts';
import { readable, toBinary } from '../wire/bytes.ts';
import { BadField, lookup, type Table } from '../wire/fields.ts';
import {
  EMPTY_FRAME_SIZE,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  type Frame,
  FrameReader,
  FrameWriter,
  type Reading,
} from '../wire/frames.ts';
import { BadArguments, decodeArgs, MalformedText, type MethodArgs, methodId, methodName } from '../wire/methods.ts';
import { Assembler } from './assembler.ts';
import { Channel } from './channel.ts';
import { AmqpError, term } from './errors.ts';
import { LOCALES, MECHANISMS, plainCredentials, serverProperties } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';

type State = 'handshake' | 'starting' | 'tuning' | 'opening' | 'running' | 'closing' | 'closed';

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A client that cannot be trusted with an answer waits that long for the end. */
const SILENT_CLOSE_MS = 3000;
const CLOSING_TIMEOUT_MS = 30_000;
/** Written and not taken by the peer: beyond, its consumers get nothing more until it reads. */
const STALL_BYTES = 256 * 1024;
const FRAME_MIN_SIZE = 4096;
/** Until the two sides have tuned. */
const FRAME_INITIAL_SIZE = 8192;

export class Connection implements Link {
  readonly broker: Broker;
  readonly socket: ServerSocket;
  /** `10.0.0.2:40112 -> 10.0.0.3:5672` */
  readonly name: string;
  readonly process: string;
  readonly openedMs: number;
  readonly openedWallMs: number;
  readonly channels = new Map<number, { readonly channel: Channel; readonly assembler: Assembler }>();
  state: State = 'handshake';
  user: User | null = null;
  vhost: VirtualHost | null = null;
  clientProperties: Table = [];
  channelMax = 0;
  frameMax = FRAME_MIN_SIZE;
  heartbeatS = 0;
  received = { bytes: 0, frames: 0 };
  sent = { bytes: 0 };
  /** It has published since an alarm: its socket is not read. */
  isBlocked = false;
  isStalled = false;
  private readonly reader = new FrameReader();
  private readonly writer = new FrameWriter();
  private readonly confirming = new Set<Channel>();
  private readonly heartbeat: Heartbeat;
  private heldCancels: (() => void)[] | null = null;
  private stopTimer: (() => void) | null = null;
  private isDead = false;

  constructor(broker: Broker, socket: ServerSocket) {
    this.broker = broker;
    this.socket = socket;
    this.process = broker.nextProcess();
    const { machine, config } = broker;
    this.openedMs = machine.nowMs();
    this.openedWallMs = machine.wallMs();
    this.name = `${socket.remoteAddress}:${socket.remotePort} -> ${machine.hostname}:${config.port}`;
    this.heartbeat = new Heartbeat(machine, {
      send: () => this.inTurn(() => this.writer.heartbeat()),
      timeout: () => this.inTurn(() => this.missedHeartbeats()),
    });
    this.reader.frameMax = FRAME_INITIAL_SIZE;
    broker.links.add(this);
    broker.counters.connectionsTotal++;
    socket.onData = (chunk) => this.inTurn(() => this.data(chunk));
    socket.onEnd = () => this.inTurn(() => this.lost());
    socket.onClose = () => this.inTurn(() => this.lost());
    socket.onDrain = () => this.inTurn(() => this.drained());
    this.timer(HANDSHAKE_TIMEOUT_MS, () => {
      broker.log.error(`closing AMQP connection ${this.process} (${this.name}):\nhandshake_timeout`, this.process);
      this.die();
    });
  }

  get id(): number {
    return this.socket.id;
  }

  /** The name that the client gave itself, for people. */
  get givenName(): string | undefined {
    const field = lookup(this.clientProperties, 'connection_name');
    return field?.type === 'longstr' ? readable(field.value as string) : undefined;
  }

  /** A capability that the client has declared. */
  can(capability: string): boolean {
    const field = lookup(this.clientProperties, 'capabilities');
    return field?.type === 'table' && lookup(field.value as Table, capability)?.value === true;
  }

  private inTurn(run: () => void) {
    if (this.isDead) return;
    this.broker.turn(() => {
      run();
      this.broker.touched(this);
    });
  }

  // --- in

  private data(chunk: Uint8Array) {
    this.received.bytes += chunk.length;
    this.heartbeat.received();
    this.reader.push(chunk);
    this.readOn();
  }

  private readOn() {
    while (!this.isDead && !this.isBlocked) {
      const reading = this.reader.next();
      if (reading === null) return;
      if (!this.take(reading)) return;
    }
  }

  /** False when nothing more can be read. */
  private take(reading: Reading): boolean {
    switch (reading.kind) {
      case 'header':
        return this.protocolHeader(reading.bytes);
      case 'frame':
        this.received.frames++;
        this.frame(reading.frame);
        return true;
      case 'too-large': {
        const max = this.reader.frameMax - EMPTY_FRAME_SIZE;
        const { type, channel, size } = reading;
        this.frameError(`{frame_too_large,${size},${max}}`, type, channel, new Uint8Array());
        this.outOfStep();
        return false;
      }
      case 'bad-end': {
        const { type, channel, payload } = reading.frame;
        this.frameError(`{invalid_frame_end_marker,${reading.marker}}`, type, channel, payload);
        this.outOfStep();
        return false;
      }
    }
  }

  private protocolHeader(bytes: Uint8Array): boolean {
    const text = toBinary(bytes);
    const isKnown = text === 'AMQP\0\0\x09\x01' || text === 'AMQP\x01\x01\0\x09';
    if (!isKnown) {
      this.writer.raw(Uint8Array.of(65, 77, 81, 80, 0, 0, 9, 1));
      const what = text.startsWith('AMQP')
        ? `{bad_version,{${[...bytes.subarray(4)].join(',')}}}`
        : `client did not start with AMQP protocol header: ${term(bytes)}`;
      this.broker.log.error(`closing AMQP connection ${this.process} (${this.name}):\n${what}`, this.process);
      this.die();
      return false;
    }
    this.state = 'starting';
    this.broker.burn(COST.connectUs);
    this.send(0, 'connection.start', {
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: serverProperties(this.broker),
      mechanisms: MECHANISMS,
      locales: LOCALES,
    });
    return true;
  }

  private frame({ type, channel, payload }: Frame) {
    if (channel === 0) return this.frame0(type, payload);
    if (this.state === 'closing' || this.state === 'closed') return;
    if (this.state !== 'running') return this.unexpectedFrame(type, channel, payload);
    const name = type === FRAME_METHOD && payload.length >= 4 ? nameOf(payload) : null;
    const isKnown =
      type === FRAME_METHOD ? name !== null : type === FRAME_HEADER ? payload.length >= 12 : type === FRAME_BODY;
    if (type === FRAME_HEARTBEAT && payload.length === 0) return this.unexpectedFrame(type, channel, payload);
    if (type === FRAME_METHOD && payload.length >= 4 && name === null) return this.unknownMethod(channel, payload);
    if (!isKnown) return this.frameError('unknown_frame', type, channel, payload);
    const open = this.channels.get(channel) ?? this.openChannel(channel);
    if (!open) return;
    if (type !== FRAME_METHOD && this.broker.alarms.isAny) this.block();
    try {
      const command = open.assembler.take(type, name, payload);
      if (command) open.channel.handle(command.name, command.args, command.content);
    } catch (error) {
      if (error instanceof AmqpError) return this.fail(channel, error, error.method ?? null);
      if (!(error instanceof BadField || error instanceof ShortInput)) throw error;
      // As there: a table that is none ends the process of the connection.
      this.broker.log.error(`closing AMQP connection ${this.process} (${this.name}):\n${error}`, this.process);
      this.die();
    }
  }

  private openChannel(number: number): { channel: Channel; assembler: Assembler } | null {
    if (this.channelMax !== 0 && this.channels.size >= this.channelMax) {
      const text = `number of channels opened (${this.channels.size}) has reached the negotiated channel_max (${this.channelMax})`;
      this.fail(number, new AmqpError('not_allowed', text), null);
      return null;
    }
    const open = { channel: new Channel(this, number), assembler: new Assembler() };
    this.channels.set(number, open);
    return open;
  }

  // --- channel 0

  private frame0(type: number, payload: Uint8Array) {
    const isStopping = this.state === 'closing' || this.state === 'closed';
    const name = type === FRAME_METHOD && payload.length >= 4 ? nameOf(payload) : null;
    if (name === null) {
      if (isStopping) return;
      if (type === FRAME_HEARTBEAT && payload.length === 0) return;
      if (type === FRAME_METHOD && payload.length >= 4) return this.unknownMethod(0, payload);
      if ((type === FRAME_HEADER && payload.length >= 12) || type === FRAME_BODY) {
        return this.unexpectedFrame(type, 0, payload);
      }
      return this.frameError('unknown_frame', type, 0, payload);
    }
    try {
      this.method0(name, decodeArgs(name, payload));
    } catch (error) {
      if (error instanceof AmqpError) this.fail(0, error, error.method ?? name);
      else if (error instanceof MalformedText) this.fail(0, new AmqpError('frame_error', error.message), name);
      else if (error instanceof BadArguments || error instanceof BadField) {
        this.fail(0, new AmqpError('internal_error', null), null);
      } else throw error;
    }
  }

  private method0(name: string, args: MethodArgs) {
    const { state } = this;
    if (name === 'connection.start-ok' && state === 'starting') return this.startOk(args);
    if (name === 'connection.tune-ok' && state === 'tuning') return this.tuneOk(args);
    if (name === 'connection.open' && state === 'opening') return this.open(args);
    if (name === 'connection.close') {
      if (state === 'running') {
        this.releaseChannels();
        this.deleteOwnQueues();
        this.send(0, 'connection.close-ok', {});
        return this.closeSoon();
      }
      if (state === 'closing' || state === 'closed') return this.send(0, 'connection.close-ok', {});
    }
    if (name === 'connection.close-ok' && state === 'closed') {
      this.logClosing();
      return this.die();
    }
    if (name === 'connection.update-secret' && state === 'running') {
      return this.send(0, 'connection.update-secret-ok', {});
    }
    if (state === 'closing' || state === 'closed') return;
    throw new AmqpError('channel_error', `unexpected method in connection state ${state}`);
  }

  private startOk(args: MethodArgs) {
    this.clientProperties = args.clientProperties as Table;
    const { log, users } = this.broker;
    const mechanism = args.mechanism as string;
    if (!MECHANISMS.split(' ').includes(mechanism)) {
      throw new AmqpError('command_invalid', `unknown authentication mechanism '${mechanism}'`);
    }
    if (this.givenName !== undefined) {
      log.info(`connection ${this.name} has a client-provided name: ${this.givenName}`, this.process);
    }
    const credentials = plainCredentials(mechanism, args.response as string);
    if (!credentials) throw new AmqpError('syntax_error', 'response autentication message is malformed');
    const user = users.get(credentials.user);
    if (!user || user.password !== credentials.password) return this.refuse(mechanism, credentials.user);
    this.user = user;
    const { channelMax, frameMax, heartbeatS: heartbeat } = this.broker.config;
    this.send(0, 'connection.tune', { channelMax, frameMax, heartbeat });
    this.state = 'tuning';
  }

  private refuse(mechanism: string, user: string) {
    this.broker.log.error(
      `Error on AMQP connection ${this.process} (${this.name}, state: starting):\n` +
        `${mechanism} login refused: user '${user}' - invalid credentials`,
      this.process,
    );
    if (!this.can('authentication_failure_close')) {
      this.state = 'closed';
      return this.closeLater(SILENT_CLOSE_MS);
    }
    const text = `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`;
    const { code: replyCode, replyText } = new AmqpError('access_refused', text);
    this.send(0, 'connection.close', { replyCode, replyText, classId: 0, methodId: 0 });
    this.closeSoon();
  }

  private tuneOk(args: MethodArgs): void {
    const { config } = this.broker;
    checkTuned('frame_max', args.frameMax as number, FRAME_MIN_SIZE, config.frameMax);
    checkTuned('channel_max', args.channelMax as number, 1, config.channelMax);
    this.frameMax = args.frameMax as number;
    this.reader.frameMax = this.frameMax;
    this.channelMax = args.channelMax as number;
    this.heartbeatS = args.heartbeat as number;
    this.heartbeat.start(this.heartbeatS);
    this.state = 'opening';
  }

  private open(args: MethodArgs) {
    const { broker } = this;
    const vhost = broker.vhosts.get(args.virtualHost as string);
    if (!vhost) throw new AmqpError('not_allowed', `vhost ${args.virtualHost} not found`);
    this.vhost = vhost;
    this.stopTimer?.();
    this.send(0, 'connection.open-ok', {});
    this.state = 'running';
    broker.log.info(
      `connection ${this.logName}: user '${this.user!.name}' authenticated and granted access to vhost '${vhost.name}'`,
      this.process,
    );
    broker.machine.operation({
      connection: this.id,
      name: 'connection.open',
      text: readable(`${this.user!.name} @ ${vhost.name}`),
      startMs: broker.machine.nowMs(),
    });
  }

  get logName(): string {
    return this.givenName === undefined ? this.name : `${this.name} - ${this.givenName}`;
  }

  // --- errors

  /** Answers with `connection.close`, or as the state of the handshake allows. */
  fail(channel: number, error: AmqpError, method: string | null) {
    const { log } = this.broker;
    const { state } = this;
    if (state === 'closed') return;
    if (state === 'handshake' || (state === 'starting' && error.error !== 'access_refused')) {
      log.error(`closing AMQP connection ${this.process} (${this.name}):\n${error.explanation}`, this.process);
      this.state = 'closed';
      return this.closeLater(SILENT_CLOSE_MS);
    }
    if (state === 'opening' && error.error === 'internal_error') {
      log.error(`closing AMQP connection ${this.process} (${this.name}):\nhandshake_error`, this.process);
      this.state = 'closed';
      return this.closeLater(SILENT_CLOSE_MS);
    }
    if (state === 'tuning') {
      const why = `failed to negotiate connection parameters: ${error.explanation}`;
      log.error(`closing AMQP connection ${this.process} (${this.name}):\n${why}`, this.process);
      this.state = 'closed';
      return this.closeLater(SILENT_CLOSE_MS);
    }
    log.error(
      `Error on AMQP connection ${this.process} (${this.name}, vhost: '${this.vhost?.name ?? 'none'}', user: ` +
        `'${this.user?.name ?? 'none'}', state: ${state}), channel ${channel}:\n operation ${method ?? 'none'} caused a ` +
        `connection exception ${error.error}: ${JSON.stringify(error.explanation)}`,
      this.process,
    );
    this.releaseChannels();
    this.deleteOwnQueues();
    const [classId, id] = method === null ? [0, 0] : methodId(method);
    const { code: replyCode, replyText } = error;
    this.send(0, 'connection.close', { replyCode, replyText, classId, methodId: id });
    this.closeSoon();
  }

  private frameError(what: string, type: number, channel: number, payload: Uint8Array): void {
    this.fail(channel, new AmqpError('frame_error', `type ${type}, ${snippet(payload)}: ${what}`), null);
  }

  private unexpectedFrame(type: number, channel: number, payload: Uint8Array): void {
    this.fail(channel, new AmqpError('unexpected_frame', `type ${type}, ${snippet(payload)}`), null);
  }

  /** Ids that no method has: the server's table has no entry, and its process ends. */
  private unknownMethod(channel: number, payload: Uint8Array): void {
    const ids = `{${payload[0]! * 256 + payload[1]!},${payload[2]! * 256 + payload[3]!}}`;
    this.broker.log.error(
      `closing AMQP connection ${this.process} (${this.name}):\n{unknown_method_id,${ids}}, channel ${channel}`,
      this.process,
    );
    this.die();
  }

  /** What follows cannot be read: a moment for the error to arrive, then the end. */
  private outOfStep(): void {
    this.closeLater(SILENT_CLOSE_MS);
    this.socket.pauseReading();
  }

  private missedHeartbeats(): void {
    if (this.state === 'closed') return;
    this.broker.log.error(
      `closing AMQP connection ${this.process} (${this.logName}, duration: '${this.duration}'):\n` +
        `missed heartbeats from client, timeout: ${this.heartbeatS}s`,
      this.process,
    );
    this.die();
  }

  // --- out

  send(channel: number, name: string, args: MethodArgs): void {
    if (this.isDead) return;
    this.writer.method(channel, name, args);
    this.broker.touched(this);
  }

  sendContent(channel: number, raw: Uint8Array, body: Uint8Array): void {
    if (!this.isDead) this.writer.content(channel, raw, body, this.frameMax);
  }

  /** `basic.cancel` of a consumer whose queue is gone. */
  cancelNotice(channel: Channel, args: MethodArgs): void {
    const send = () => channel.send('basic.cancel', args);
    if (this.heldCancels) this.heldCancels.push(send);
    else send();
  }

  /** Keeps the notices to this connection back until its own request is answered. */
  holdCancels<T>(run: () => T): { readonly result: T; readonly release: () => void } {
    const held: (() => void)[] = [];
    this.heldCancels = held;
    try {
      const result = run();
      return {
        result,
        release: () => {
          for (const send of held) send();
        },
      };
    } finally {
      this.heldCancels = null;
    }
  }

  hasConfirms(channel: Channel): void {
    this.confirming.add(channel);
    this.broker.touched(this);
  }

  flush(): void {
    for (const channel of this.confirming) channel.tellConfirms();
    this.confirming.clear();
    this.write();
  }

  private write(): void {
    if (this.writer.isEmpty) return;
    const bytes = this.writer.take();
    this.sent.bytes += bytes.length;
    this.heartbeat.sent();
    if (!this.socket.write(bytes) && this.socket.bytesQueued > STALL_BYTES) this.isStalled = true;
  }

  private drained(): void {
    if (!this.isStalled) return;
    this.isStalled = false;
    for (const { channel } of this.channels.values()) channel.unblockAll();
  }

  // --- alarms

  /** Publishing while resources are short: told once, and not read from until they are there again. */
  private block(): void {
    if (this.isBlocked || this.state !== 'running') return;
    this.isBlocked = true;
    this.heartbeat.pause();
    this.socket.pauseReading();
    if (this.can('connection.blocked')) this.send(0, 'connection.blocked', { reason: this.broker.alarms.reason });
  }

  alarmChanged(): void {
    if (!this.isBlocked || this.broker.alarms.isAny) return;
    this.isBlocked = false;
    if (this.can('connection.blocked')) this.send(0, 'connection.unblocked', {});
    this.heartbeat.resume();
    this.socket.resumeReading();
    // What had come before it was blocked.
    this.broker.machine.after(0, () => this.inTurn(() => this.readOn()));
  }

  // --- end

  forget(channel: Channel): void {
    if (this.channels.get(channel.number)?.channel === channel) this.channels.delete(channel.number);
  }

  shutdown(text: string): void {
    if (this.state === 'running') this.fail(0, new AmqpError('connection_forced', text), null);
    this.releaseChannels();
    this.deleteOwnQueues();
    this.write();
    this.socket.end();
  }

  /** By the API or rabbitmqctl. */
  closeFromOutside(reason: string): void {
    this.inTurn(() => this.fail(0, new AmqpError('connection_forced', reason), null));
  }

  private releaseChannels(): void {
    for (const { channel } of [...this.channels.values()]) channel.release();
    this.channels.clear();
    this.confirming.clear();
  }

  private deleteOwnQueues(): void {
    for (const vhost of this.broker.vhosts.values()) {
      for (const queue of [...vhost.queues.values()]) if (queue.owner === this) this.broker.deleteQueue(queue);
    }
  }

  /** Both sides have said it, or will: the socket ends when the client closes it, at the latest after the timeout. */
  private closeSoon(): void {
    this.state = 'closed';
    const heartbeatMs = this.heartbeatS * 1000;
    this.closeLater(heartbeatMs > 0 && heartbeatMs < CLOSING_TIMEOUT_MS ? heartbeatMs : CLOSING_TIMEOUT_MS);
  }

  private closeLater(ms: number): void {
    this.timer(ms, () => this.die());
  }

  private timer(ms: number, run: () => void): void {
    this.stopTimer?.();
    this.stopTimer = this.broker.machine.after(ms, () => this.inTurn(run));
  }

  /** The client is gone. */
  private lost(): void {
    if (this.state === 'closed') this.logClosing();
    else if (this.state !== 'handshake' || this.received.bytes > 0) {
      const who = this.user && this.vhost ? `, vhost: '${this.vhost.name}', user: '${this.user.name}'` : '';
      this.broker.log.warning(
        `closing AMQP connection ${this.process} (${this.logName}${who}, duration: '${this.duration}'):\n` +
          'client unexpectedly closed TCP connection',
        this.process,
      );
    }
    this.die();
  }

  private hasLogged = false;

  private logClosing(): void {
    if (this.hasLogged || !this.user || !this.vhost) return;
    this.hasLogged = true;
    const { name: vhost } = this.vhost;
    this.broker.log.info(
      `closing AMQP connection (${this.logName}, vhost: '${vhost}', user: '${this.user.name}', duration: '${this.duration}')`,
      this.process,
    );
  }

  private get duration(): string {
    const ms = Math.floor(this.broker.machine.nowMs() - this.openedMs);
    if (ms < 1000) return `${ms}ms`;
    const all = Math.floor(ms / 1000);
    const [days, hours, minutes, seconds] = [
      Math.floor(all / 86_400),
      Math.floor(all / 3600) % 24,
      Math.floor(all / 60) % 60,
      all % 60,
    ];
    const parts = [days && `${days}D`, (days || hours) && `${hours}H`, (days || hours || minutes) && `${minutes}M`];
    return [...parts.filter(Boolean), `${seconds}s`].join(', ');
  }

  private die(): void {
    if (this.isDead) return;
    this.releaseChannels();
    this.deleteOwnQueues();
    this.state = 'closed';
    this.stopTimer?.();
    this.heartbeat.stop();
    this.write();
    this.isDead = true;
    this.broker.links.delete(this);
    this.socket.end();
  }
}

function nameOf(payload: Uint8Array): string | null {
  return methodName(payload[0]! * 256 + payload[1]!, payload[2]! * 256 + payload[3]!);
}

function snippet(payload: Uint8Array): string {
  return payload.length <= 16 ? `all octets = ${term(payload)}` : `first 16 octets = ${term(payload.subarray(0, 16))}`;
}

function checkTuned(field: string, asked: number, min: number, max: number): void {
  const no = (kind: string, limit: string, value: number) => {
    const detail = field === 'channel_max' && asked === 0 ? ' (no limit)' : '';
    const text = `negotiated ${field} = ${asked}${detail} is ${kind} than the ${limit} allowed value (${value})`;
    return new AmqpError('not_allowed', text, 'connection.tune');
  };
  if (asked !== 0 && asked < min) throw no('lower', 'minimum', min);
  if (max !== 0 && (asked === 0 || asked > max)) throw no('higher', 'maximum', max);
}
