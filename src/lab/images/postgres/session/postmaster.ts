/** The server: starts up (or recovers), takes connections, checkpoints, stops. */
import type { Server, ServerMachine, ServerSocket, ToolResult } from '../../server.ts';
import { PgError } from '../errors.ts';
import { runTool } from '../tool/tool.ts';
import { decodeText } from '../types/binary.ts';
import { Scram } from './auth.ts';
import { Backend, logStamp } from './backend.ts';
import { Cluster } from './cluster.ts';
import { Fields, MessageReader, MessageWriter } from './messages.ts';
import { Session } from './session.ts';
import { parseArguments, runInitScripts } from './startup.ts';
import { Storage } from './storage.ts';

const CANCEL = 80877102;
const SSL = 80877103;
const GSS = 80877104;

export class Postmaster implements Server {
  private readonly machine: ServerMachine;
  private readonly cluster: Cluster;
  private readonly storage: Storage;
  private readonly backends = new Set<Backend>();
  private nextPid = 60;
  private state: 'starting' | 'ready' | 'stopping' = 'starting';
  private readonly authMethod: string;

  constructor(machine: ServerMachine) {
    this.machine = machine;
    this.cluster = new Cluster(machine);
    this.cluster.onPanic = (message) => this.panic(message);
    this.storage = new Storage(this.cluster, (line, stream) => this.log(line, stream));
    this.cluster.onCheckpointDue = () => this.storage.checkpointIfDue();
    this.cluster.requestCheckpoint = (done) => this.storage.checkpoint('immediate force wait', done);
    this.authMethod = machine.env.POSTGRES_HOST_AUTH_METHOD || 'scram-sha-256';
    this.boot();
  }

  private log(line: string, level = 'LOG'): void {
    this.machine.log(`${logStamp(this.machine.wallMs(), 1)} ${level}:  ${line}`, 'stderr');
  }

  private boot(): void {
    const { machine, cluster } = this;
    const { env } = machine;
    const user = env.POSTGRES_USER || 'postgres';
    const password = env.POSTGRES_PASSWORD || null;
    const database = env.POSTGRES_DB || user;
    const isFirst = !this.storage.isInitialized;
    if (isFirst && !password && env.POSTGRES_HOST_AUTH_METHOD !== 'trust') {
      for (const line of MISSING_PASSWORD) machine.log(line, 'stderr');
      machine.exit(1, 'superuser password is not specified');
      return;
    }
    for (const [name, value] of parseArguments(machine.argv)) {
      if (name === 'unknown') {
        machine.log(`${logStamp(machine.wallMs(), 1)} FATAL:  ${value}`, 'stderr');
        machine.exit(1, value);
        return;
      }
      cluster.settings.set(name, value);
    }
    if (isFirst) {
      cluster.roles.set(user, password);
      // initdb, then a server for the scripts, then the real one: seconds, where a restart takes a fraction.
      for (const line of [
        'The files belonging to this database system will be owned by user "postgres".',
        'Success. You can now start the database server using:',
        '',
      ])
        machine.log(line);
      machine.after(1200, () => {
        this.storage.initialize(user, database);
        runInitScripts(
          cluster,
          cluster.databases.get(database)!,
          user,
          (error) => {
            machine.log(error, 'stderr');
            machine.exit(3, error);
          },
          () => {
            machine.log('');
            machine.log('PostgreSQL init process complete; ready for start up.');
            machine.log('');
            this.storage.checkpoint('shutdown immediate', () => this.listen('database system was shut down'));
          },
        );
      });
      return;
    }
    cluster.roles.set(user, password);
    this.log(
      `starting PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit`,
    );
    let recovered: { wasClean: boolean; records: number };
    try {
      recovered = this.storage.recover();
    } catch (error) {
      this.log(`could not read the data directory: ${(error as Error).message}`, 'PANIC');
      machine.exit(1, 'the data directory cannot be read');
      return;
    }
    machine.after(recovered.wasClean ? 60 : 120 + recovered.records * 0.02, () => {
      try {
        this.storage.checkpoint(recovered.wasClean ? 'none' : 'end-of-recovery immediate wait', () =>
          this.listen(recovered.wasClean ? 'database system was shut down' : null),
        );
      } catch (error) {
        this.panic((error as Error).message);
      }
    });
  }

  private listen(shutdownLine: string | null): void {
    const { machine } = this;
    try {
      const port = Number(this.cluster.settings.get('port') ?? 5432);
      this.log(`listening on IPv4 address "0.0.0.0", port ${port}`);
      if (shutdownLine) this.log(`${shutdownLine} at ${logStamp(machine.wallMs(), 0).slice(0, -4)}`);
      machine.listen(port, (socket) => this.accept(socket));
    } catch (error) {
      this.log(`could not bind IPv4 address "0.0.0.0": ${(error as Error).message}`, 'FATAL');
      machine.exit(1, 'could not create any TCP/IP sockets');
      return;
    }
    this.state = 'ready';
    this.log('database system is ready to accept connections');
  }

  private panic(message: string): void {
    this.log(message, 'PANIC');
    for (const backend of this.backends) backend.drop();
    this.machine.exit(1, message);
  }

  // Connections

  private accept(socket: ServerSocket): void {
    const reader = new MessageReader();
    const out = new MessageWriter();

    let isOver = false;
    const leave = () => {
      isOver = true;
      stop();
    };
    const refuse = (error: PgError) => {
      out.error(error, undefined);
      socket.write(out.take());
      socket.end();
      this.machine.log(`${logStamp(this.machine.wallMs(), this.nextPid)} FATAL:  ${error.message}`, 'stderr');
      leave();
    };
    const stop = this.machine.after(60_000, () => {
      socket.end();
      leave();
    });
    socket.onEnd = () => {
      socket.end();
      leave();
    };
    socket.onClose = leave;
    let password: ((answer: Uint8Array) => void) | null = null;
    const pump = () => {
      while (!isOver) {
        if (password) {
          const message = reader.next();
          if (message === null) return;
          if (message === 'bad' || message.type !== 'p')
            return refuse(
              fatal(
                '08P01',
                `expected password response, got message type ${message === 'bad' ? 0 : message.type.charCodeAt(0)}`,
              ),
            );
          const answer = password;
          password = null;
          try {
            answer(message.body);
          } catch (error) {
            return refuse(error instanceof PgError ? error : fatal('08P01', 'invalid message format'));
          }
          continue;
        }
        const message = reader.next();
        if (message === null) return;
        if (message === 'bad') {
          this.machine.log(
            `${logStamp(this.machine.wallMs(), this.nextPid)} LOG:  invalid length of startup packet`,
            'stderr',
          );
          socket.end();
          return leave();
        }
        const fields = new Fields(message.body);
        try {
          const version = fields.int32();
          if (version === SSL || version === GSS) {
            socket.write(new Uint8Array([78]));
            continue;
          }
          if (version === CANCEL) {
            const pid = fields.int32();
            const secret = fields.int32();
            for (const backend of this.backends)
              if (backend.session.pid === pid && backend.secret === secret) backend.cancel();
            socket.end();
            return leave();
          }
          if (version >> 16 !== 3)
            return refuse(
              fatal(
                '0A000',
                `unsupported frontend protocol ${version >>> 16}.${version & 0xffff}: server supports 3.0 to 3.0`,
              ),
            );
          const options = new Map<string, string>();
          for (;;) {
            const key = decodeText(fields.text());
            if (key === '') break;
            options.set(key, decodeText(fields.text()));
          }
          reader.isStarted = true;
          password = this.greet(socket, reader, out, options, refuse, leave);
        } catch (error) {
          return refuse(
            error instanceof PgError
              ? fatal(error.code, error.message)
              : fatal('08P01', 'invalid startup packet layout: expected terminator as last byte'),
          );
        }
      }
    };
    socket.onData = (chunk) => {
      reader.push(chunk);
      pump();
    };
  }

  /** Asks for a password if one is needed; null when the session has begun. */
  private greet(
    socket: ServerSocket,
    reader: MessageReader,
    out: MessageWriter,
    options: Map<string, string>,
    refuse: (error: PgError) => void,
    leave: () => void,
  ): ((answer: Uint8Array) => void) | null {
    const user = options.get('user');
    if (!user) {
      refuse(fatal('28000', 'no PostgreSQL user name specified in startup packet'));
      return null;
    }
    if (this.state !== 'ready') {
      refuse(
        fatal(
          '57P03',
          this.state === 'stopping' ? 'the database system is shutting down' : 'the database system is starting up',
        ),
      );
      return null;
    }
    const begin = () => {
      leave();
      this.begin(socket, reader, out, user, options, refuse);
    };
    const known = this.cluster.roles.get(user);
    if (this.authMethod === 'trust') {
      begin();
      return null;
    }
    const wrong = () => refuse(fatal('28P01', `password authentication failed for user "${user}"`));
    if (this.authMethod === 'password') {
      out.auth(3);
      socket.write(out.take());
      return (answer) => {
        if (known != null && decodeText(new Fields(answer).text()) === known) begin();
        else wrong();
      };
    }
    // scram-sha-256, and md5, which PostgreSQL answers with SCRAM when the password is stored so.
    const scram = new Scram(known ?? '\u0000', (bytes) => this.machine.fillRandom(bytes));
    out.auth(10, new TextEncoder().encode('SCRAM-SHA-256\0\0'));
    socket.write(out.take());
    const again: ((answer: Uint8Array) => void)[] = [];
    const first = (answer: Uint8Array) => {
      const fields = new Fields(answer);
      const mechanism = decodeText(fields.text());
      if (mechanism !== 'SCRAM-SHA-256')
        return refuse(fatal('08P01', 'client selected an invalid SASL authentication mechanism'));
      const length = fields.int32();
      const reply = scram.first(decodeText(fields.take(length)));
      if (reply === null) return refuse(fatal('08P01', 'malformed SCRAM message'));
      out.auth(11, new TextEncoder().encode(reply));
      socket.write(out.take());
      again.push((last) => {
        const final = scram.final(decodeText(last));
        if (final === null || known == null) return wrong();
        out.auth(12, new TextEncoder().encode(final));
        begin();
      });
    };
    const next = (answer: Uint8Array): void => {
      const step = again.pop();
      if (step) step(answer);
      else first(answer);
      if (again.length) this.expect(socket, reader, again[0]!, refuse);
    };
    return next;
  }

  /** The next password message goes to `step`. */
  private expect(
    socket: ServerSocket,
    reader: MessageReader,
    step: (answer: Uint8Array) => void,
    refuse: (error: PgError) => void,
  ): void {
    const take = () => {
      const message = reader.next();
      if (message === null) return;
      if (message === 'bad' || message.type !== 'p') return refuse(fatal('08P01', 'expected SASL response'));
      socket.onData = (chunk) => reader.push(chunk);
      try {
        step(message.body);
      } catch {
        refuse(fatal('08P01', 'malformed SCRAM message'));
      }
    };
    socket.onData = (chunk) => {
      reader.push(chunk);
      take();
    };
    take();
  }

  private begin(
    socket: ServerSocket,
    reader: MessageReader,
    out: MessageWriter,
    user: string,
    options: Map<string, string>,
    refuse: (error: PgError) => void,
  ) {
    const { cluster, machine } = this;
    const name = options.get('database') || user;
    if (this.authMethod === 'trust' && !cluster.roles.has(user))
      return refuse(fatal('28000', `role "${user}" does not exist`));
    const database = cluster.databases.get(name);
    if (!database) return refuse(fatal('3D000', `database "${name}" does not exist`));
    const max = Number(cluster.settings.get('max_connections') ?? 100);
    if (cluster.sessions.size >= max) return refuse(fatal('53300', 'sorry, too many clients already'));
    const session = new Session(cluster, database, user, this.nextPid++);
    session.clientAddress = socket.remoteAddress;
    session.clientPort = socket.remotePort;
    try {
      const given = options.get('options') ?? '';
      for (const [, key, value] of given.matchAll(/-c\s*([\w.]+)=((?:\\.|[^\s\\])*)/g))
        session.setAtStart(key!.toLowerCase(), value!.replace(/\\(.)/g, '$1'));
      for (const [key, value] of options) {
        if (['user', 'database', 'options', 'replication'].includes(key) || key.startsWith('_pq_.')) continue;
        session.setAtStart(key.toLowerCase(), key.toLowerCase() === 'client_encoding' ? utf8Only(value) : value);
      }
    } catch (error) {
      return refuse(
        error instanceof PgError ? fatal(error.code, error.message) : fatal('08P01', 'invalid startup packet'),
      );
    }
    cluster.sessions.add(session);
    const random = new Uint8Array(4);
    machine.fillRandom(random);
    const secret = new DataView(random.buffer).getInt32(0);
    const backend = new Backend(cluster, session, secret, socket, reader, {
      onClose: () => {
        this.backends.delete(backend);
        if (this.state === 'stopping') this.stopIfIdle();
      },
      onFatal: () => {},
    });
    this.backends.add(backend);
    const pending = out.take();
    if (pending.length) socket.write(pending);
    backend.start();
  }

  // Server

  signal(name: string) {
    if (name === 'SIGHUP') return this.log('received SIGHUP, reloading configuration files');
    if (name === 'SIGQUIT') {
      this.log('received immediate shutdown request');
      for (const backend of this.backends) backend.drop();
      this.log('database system is shut down');
      return this.machine.exit(0);
    }
    if (name !== 'SIGTERM' && name !== 'SIGINT') return;
    if (this.state === 'starting') return this.machine.exit(0);
    const wasStopping = this.state === 'stopping';
    this.state = 'stopping';
    if (name === 'SIGINT') {
      this.log('received fast shutdown request');
      this.log('aborting any active transactions');
      for (const backend of [...this.backends]) backend.terminate();
    } else if (!wasStopping) this.log('received smart shutdown request');
    this.stopIfIdle();
  }

  private hasStopped = false;

  private stopIfIdle(): void {
    if (this.backends.size > 0 || this.hasStopped) return;
    this.hasStopped = true;
    this.log('shutting down');
    try {
      this.storage.checkpoint('shutdown immediate', () => {
        this.log('database system is shut down');
        this.machine.exit(0);
      });
    } catch (error) {
      this.panic((error as Error).message);
    }
  }

  tool(argv: readonly string[], onDone: (result: ToolResult) => void): void {
    runTool(this.cluster, this.state, argv, onDone);
  }

  figures(): Readonly<Record<string, number>> {
    const { cluster } = this;
    let waiting = 0;
    let active = 0;
    let idleInTransaction = 0;
    for (const session of cluster.sessions) {
      if (session.wait?.type === 'Lock') waiting++;
      if (session.state === 'active') active++;
      if (session.state.startsWith('idle in')) idleInTransaction++;
    }
    let rows = 0;
    for (const database of cluster.databases.values())
      for (const one of database.relations.values())
        if (one.kind === 'table') rows += Math.max(0, one.heap.tuples.length - one.heap.dead);
    return {
      connections: cluster.sessions.size,
      active,
      'idle in transaction': idleInTransaction,
      'waiting for locks': waiting,
      rows,
      'wal bytes': cluster.wal?.bytes ?? 0,
    };
  }

  get memoryBytes(): number {
    let bytes = 30_000_000 + this.cluster.sessions.size * 5_000_000;
    for (const database of this.cluster.databases.values())
      for (const one of database.relations.values()) if (one.kind === 'table') bytes += one.heap.bytes;
    return bytes;
  }
}

const fatal = (code: string, message: string) => new PgError(code, message, { severity: 'FATAL' });

function utf8Only(value: string): string {
  if (!/^'?(utf-?8|unicode|sql_ascii)'?$/i.test(value))
    throw new PgError('0A000', `the client encoding "${value}" is not supported by the lab's PostgreSQL`);
  return 'UTF8';
}

/** As docker-entrypoint.sh says it. */
const MISSING_PASSWORD = [
  'Error: Database is uninitialized and superuser password is not specified.',
  '       You must specify POSTGRES_PASSWORD to a non-empty value for the',
  '       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".',
  '',
  '       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all',
  '       connections without a password. This is *not* recommended.',
  '',
  '       See PostgreSQL documentation about "trust":',
  '       https://www.postgresql.org/docs/current/auth-trust.html',
];
