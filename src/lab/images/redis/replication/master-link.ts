/** A replica's connection to its master: greeting, snapshot, stream; made again every second while it is lost. */
import type { ServerSocket } from '../../server.ts';
import { bytesOf, textOf } from '../bytes.ts';
import { Client } from '../client.ts';
import { LOAD_MEGABYTE_US } from '../cost.ts';
import { encodeCommand } from '../dump.ts';
import { executeCommand } from '../loader.ts';
import { readRdb } from '../rdb/read.ts';
import type { RedisServer } from '../redis-server.ts';
import { Failure } from '../reply.ts';
import { findCommand } from '../table.ts';
import type { Replication } from './replication.ts';

type Step = 'connecting' | 'greeting' | 'asked' | 'snapshot' | 'stream' | 'lost';

const MARK_BYTES = 40;

export class MasterLink {
  readonly host: string;
  readonly port: number;
  private readonly server: RedisServer;
  private readonly replication: Replication;
  private socket: ServerSocket | null = null;
  private step: Step = 'lost';
  /** Of which history it knows the offset; null: of none. */
  private knownId: string | null;
  /** What of the master's words is not yet understood. */
  private text = '';
  /** Replies that are still to come to the greeting. */
  private greetings: string[] = [];
  private parts: string[] = [];
  private partsBytes = 0;
  /** Of the snapshot: its length, or the mark at its end. */
  private size = 0;
  private mark = '';
  private resync = { id: '', offset: 0 };
  private client: Client | null = null;
  /** The stream's bytes that have come and are not yet done. */
  private pending = '';
  private db = 0;
  private heardAtMs: number;
  private triedAtMs = -Infinity;
  private downSinceMs: number;

  constructor(server: RedisServer, replication: Replication, host: string, port: number, knownId: string | null) {
    this.server = server;
    this.replication = replication;
    this.host = host;
    this.port = port;
    this.knownId = knownId;
    this.heardAtMs = this.downSinceMs = server.machine.nowMs();
  }

  get isUp(): boolean {
    return this.step === 'stream';
  }

  /** As ROLE names it. */
  get role(): string {
    const names: Readonly<Record<Step, string>> = {
      lost: 'connect',
      connecting: 'connecting',
      greeting: 'handshake',
      asked: 'handshake',
      snapshot: 'sync',
      stream: 'connected',
    };
    return names[this.step];
  }

  connect(): void {
    const { server } = this;
    this.step = 'connecting';
    this.triedAtMs = this.heardAtMs = server.machine.nowMs();
    this.text = '';
    server.log('*', `Connecting to MASTER ${this.host}:${this.port}`);
    const socket = server.machine.connect(this.host, this.port, () =>
      server.turn(() => {
        if (this.socket === socket) this.greet();
      }),
    );
    this.socket = socket;
    socket.onData = (chunk) =>
      server.turn(() => {
        if (this.socket === socket) this.received(chunk);
      });
    socket.onEnd = () => server.turn(() => this.ended(socket));
    socket.onClose = () => server.turn(() => this.ended(socket));
  }

  /** No longer this server's master. */
  stop(): void {
    const { socket } = this;
    this.forget();
    socket?.reset();
  }

  cron(nowMs: number): void {
    const limitMs = this.server.settings.number('repl-timeout') * 1000;
    if (this.step === 'lost') {
      if (nowMs - this.triedAtMs >= 1000) this.connect();
      return;
    }
    if (nowMs - this.heardAtMs > limitMs) {
      this.server.log(
        '#',
        this.isUp ? 'MASTER timeout: no data nor PING received...' : 'Timeout connecting to the MASTER...',
      );
      const { socket } = this;
      this.lose();
      socket?.reset();
      return;
    }
    this.acknowledge();
  }

  /** Tells the master how far this replica is. */
  acknowledge(): void {
    if (!this.isUp) return;
    this.advance();
    this.say(['REPLCONF', 'ACK', String(this.replication.offset)]);
  }

  info(nowMs: number, offset: number): readonly string[] {
    const { settings } = this.server;
    return [
      `master_host:${this.host}`,
      `master_port:${this.port}`,
      `master_link_status:${this.isUp ? 'up' : 'down'}`,
      `master_last_io_seconds_ago:${this.isUp ? Math.floor((nowMs - this.heardAtMs) / 1000) : -1}`,
      `master_sync_in_progress:${this.step === 'snapshot' ? 1 : 0}`,
      `slave_read_repl_offset:${offset + this.pending.length}`,
      `slave_repl_offset:${offset}`,
      ...(this.isUp ? [] : [`master_link_down_since_seconds:${Math.floor((nowMs - this.downSinceMs) / 1000)}`]),
      `slave_priority:${settings.number('replica-priority')}`,
      `slave_read_only:${settings.isOn('replica-read-only') ? 1 : 0}`,
      'replica_announced:1',
    ];
  }

  private say(args: readonly string[]): void {
    this.socket?.write(bytesOf(encodeCommand(args)));
  }

  private greet(): void {
    const { settings } = this.server;
    this.step = 'greeting';
    this.greetings = [];
    const ask = (what: string, args: readonly string[]) => {
      this.greetings.push(what);
      this.say(args);
    };
    const [user, password] = [settings.text('masteruser'), settings.text('masterauth')];
    if (password !== '') ask('AUTH', ['AUTH', ...(user === '' ? [] : [user]), password]);
    ask('PING', ['PING']);
    ask('REPLCONF', ['REPLCONF', 'listening-port', String(settings.number('port'))]);
    ask('REPLCONF', ['REPLCONF', 'capa', 'eof', 'capa', 'psync2']);
  }

  private received(chunk: Uint8Array) {
    this.heardAtMs = this.server.machine.nowMs();
    if (this.step === 'stream') return this.apply(chunk);
    if (this.step === 'snapshot') return this.collect(textOf(chunk));
    this.text += textOf(chunk);
    while (this.step === 'greeting' || this.step === 'asked') {
      const end = this.text.indexOf('\n');
      if (end < 0) return;
      const line = this.text.slice(0, end).replace(/\r$/, '');
      this.text = this.text.slice(end + 1);
      // Empty lines only say that the master is still there.
      if (line !== '' && !this.understood(line)) return this.giveUp(line);
    }
  }

  private understood(line: string): boolean {
    if (this.step === 'greeting') {
      const what = this.greetings.shift();
      // Old masters know no REPLCONF, and may be used all the same.
      if (line.startsWith('-') && what !== 'REPLCONF') return false;
      if (this.greetings.length > 0) return true;
      this.step = 'asked';
      const { knownId, replication } = this;
      this.say(knownId === null ? ['PSYNC', '?', '-1'] : ['PSYNC', knownId, String(replication.offset + 1)]);
      return true;
    }
    const full = /^\+FULLRESYNC (\S+) (\d+)$/.exec(line);
    if (full) {
      this.resync = { id: full[1]!, offset: Number(full[2]) };
      this.server.log('*', `Full resync from master: ${full[1]}:${full[2]}`);
      return true;
    }
    const partial = /^\+CONTINUE(?: (\S+))?$/.exec(line);
    if (partial) {
      this.server.log('*', 'Successful partial resynchronization with master.');
      if (partial[1]) this.replication.renamed(partial[1]);
      this.knownId = this.replication.id;
      this.begin();
      return true;
    }
    const snapshot = /^\$(?:(\d+)|EOF:(.{40}))$/.exec(line);
    if (!snapshot || this.resync.id === '') return false;
    this.size = Number(snapshot[1] ?? 0);
    this.mark = snapshot[2] ?? '';
    this.parts = [];
    this.partsBytes = 0;
    this.step = 'snapshot';
    const rest = this.text;
    this.text = '';
    this.collect(rest);
    return true;
  }

  private giveUp(line: string): void {
    this.server.log('#', `Error reply from master: '${line}'`);
    const { socket } = this;
    this.lose();
    socket?.reset();
  }

  private collect(text: string): void {
    this.parts.push(text);
    this.partsBytes += text.length;
    if (this.mark === '') {
      if (this.partsBytes >= this.size) this.load(this.size, 0);
      return;
    }
    const tail =
      this.parts.slice(-2).join('').length >= MARK_BYTES ? this.parts.slice(-2).join('') : this.parts.join('');
    if (tail.endsWith(this.mark)) this.load(this.partsBytes - MARK_BYTES, MARK_BYTES);
  }

  /** The snapshot is whole: it takes the place of all that was there. */
  private load(size: number, skip: number) {
    const { server } = this;
    const all = this.parts.join('');
    this.parts = [];
    server.burn((size / 1e6) * LOAD_MEGABYTE_US);
    server.log('*', 'MASTER <-> REPLICA sync: Flushing old data');
    server.isLoading = true;
    let problem = '';
    try {
      execute(server, ['FLUSHALL']);
      execute(server, ['FUNCTION', 'FLUSH']);
      for (const args of readRdb(bytesOf(all.slice(0, size)))) execute(server, args);
    } catch (error) {
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
      problem = (error as Error).message;
    }
    server.isLoading = false;
    if (problem !== '') {
      server.log('#', `Failed trying to load the MASTER synchronization DB from socket: ${problem}`);
      this.knownId = null;
      return this.giveUp(problem);
    }
    server.touchedAll(server.databases);
    this.replication.restarted(this.resync.id, this.resync.offset);
    this.knownId = this.resync.id;
    this.resync = { id: '', offset: 0 };
    this.db = 0;
    this.text = all.slice(size + skip);
    if (server.aof.isOn) server.aof.rewrite();
    server.log('*', 'MASTER <-> REPLICA sync: Finished with success');
    this.begin();
  }

  private begin(): void {
    const { server } = this;
    this.step = 'stream';
    this.pending = '';
    const client = new Client(0, this.socket, server.machine.nowMs(), server.access.default, true);
    client.isMaster = true;
    client.db = this.db;
    this.client = client;
    this.acknowledge();
    const rest = this.text;
    this.text = '';
    if (rest !== '') this.apply(bytesOf(rest));
  }

  private apply(chunk: Uint8Array): void {
    this.pending += textOf(chunk);
    this.server.received(this.client!, chunk);
    this.advance();
  }

  /** What has been done counts, and is passed on. */
  private advance(): void {
    const { client } = this;
    // A transaction counts when it is whole.
    if (client === null || client.queued !== null) return;
    const done = this.pending.length - client.parser.bufferedBytes;
    if (done <= 0) return;
    const text = this.pending.slice(0, done);
    this.pending = this.pending.slice(done);
    this.replication.append(text);
  }

  private ended(socket: ServerSocket): void {
    if (this.socket !== socket) return;
    if (this.isUp) this.server.log('#', 'Connection with master lost.');
    else if (this.step === 'connecting') this.server.log('#', 'Error condition on socket for SYNC: Connection refused');
    socket.end();
    this.lose();
  }

  private lose(): void {
    if (this.isUp) this.downSinceMs = this.server.machine.nowMs();
    this.forget();
    this.step = 'lost';
  }

  private forget(): void {
    this.advance();
    if (this.client !== null) {
      this.db = this.client.db;
      this.client.isGone = true;
      this.client.queued = null;
    }
    this.client = null;
    this.socket = null;
    this.step = 'lost';
    this.resync = { id: '', offset: 0 };
  }
}

function execute(server: RedisServer, args: readonly string[]): void {
  const command = findCommand(args);
  if (command instanceof Failure) throw new Error(`unknown command ${args[0]}`);
  executeCommand(server, command, args);
}
