/**
 * A server image of the lab (src/lab/images) on this machine's sockets, clock and disk: what the local engine starts
 * where the real server is not installed. Run by itself it serves one image:
 * `node src/engines/local/serve-image.ts redis --port 6379 --data /var/tmp/data -- --appendonly yes`
 */
import { randomBytes } from 'node:crypto';
import dns from 'node:dns';
import {
  appendFileSync,
  closeSync,
  fdatasync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import type {
  Operation,
  Server,
  ServerDisk,
  ServerMachine,
  ServerProgram,
  ServerSocket,
} from '../../lab/images/server.ts';

export interface ServeOptions {
  readonly program: ServerProgram;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The port that the server asks for → the one of this machine; others are taken as they are. */
  readonly ports?: Readonly<Record<number, number>>;
  /** Folder that stands for the container's root. */
  readonly dataFolder: string;
  /** Where it listens; loopback when absent. */
  readonly address?: string;
  readonly hostname?: string;
  readonly onLog?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly onExit?: (code: number, reason?: string) => void;
  readonly onOperation?: (operation: Operation) => void;
  /** A client by the number under which operations name it: its address and port, null when it has gone. */
  readonly onSocket?: (id: number, client: string | null) => void;
}

export interface Serving {
  readonly server: Server;
  /** Resolves when every port it listens on is open. */
  readonly listening: Promise<void>;
  /** Ends it as SIGKILL would. */
  close(): void;
}

/** Starts the image on loopback. */
export function serveImage(options: ServeOptions): Serving {
  const { program, argv, env = {}, ports = {}, dataFolder } = options;
  const sockets = new Set<net.Socket>();
  const listeners: net.Server[] = [];
  const opening: Promise<void>[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let isOver = false;
  let ids = 0;
  const startedMs = performance.now();

  const turn = (run: () => void): void => {
    if (!isOver) run();
  };

  const over = (): void => {
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    for (const listener of listeners) listener.close();
    for (const socket of sockets) socket.destroy();
  };

  const wrap = (socket: net.Socket): ServerSocket => {
    sockets.add(socket);
    let failure: string | null = null;
    const { remoteAddress = '', remotePort = 0 } = socket;
    const end: ServerSocket = {
      id: ++ids,
      remoteAddress,
      remotePort,
      onData: () => {},
      onEnd: () => end.end(),
      onDrain: () => {},
      onClose: () => {},
      write: (bytes) => socket.write(bytes.slice()),
      end: () => void socket.end(),
      reset: () => void socket.resetAndDestroy(),
      pauseReading: () => void socket.pause(),
      resumeReading: () => void socket.resume(),
      get bytesQueued() {
        return socket.writableLength;
      },
      setKeepAlive: (on, initialDelayMs) => void socket.setKeepAlive(on, initialDelayMs),
    };
    socket.setNoDelay(true);
    options.onSocket?.(end.id, `${remoteAddress}:${remotePort}`);
    socket.on('data', (chunk) => turn(() => end.onData(new Uint8Array(chunk))));
    socket.on('end', () => turn(() => end.onEnd()));
    socket.on('drain', () => turn(() => end.onDrain()));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code ?? 'ECONNRESET';
    });
    socket.on('close', () => {
      sockets.delete(socket);
      options.onSocket?.(end.id, null);
      turn(() => end.onClose(failure));
    });
    return end;
  };

  const machine: ServerMachine = {
    hostname: options.hostname ?? '127.0.0.1',
    argv,
    env,
    nowMs: () => performance.now() - startedMs,
    wallMs: () => Date.now(),
    after(ms, run) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        turn(run);
      }, ms);
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer);
      };
    },
    // A real CPU burns by itself.
    burn: () => {},
    random: Math.random,
    fillRandom: (bytes) => bytes.set(randomBytes(bytes.length)),
    log: (line, stream = 'stdout') => options.onLog?.(line, stream),
    listen(port, onClient) {
      const listener = net.createServer({ allowHalfOpen: true }, (socket) => turn(() => onClient(wrap(socket))));
      listeners.push(listener);
      opening.push(
        new Promise((resolve, reject) => {
          listener.once('error', reject);
          listener.listen(ports[port] ?? port, options.address ?? '127.0.0.1', resolve);
        }),
      );
    },
    connect(host, port, onConnect) {
      const socket = net.connect({ host, port, allowHalfOpen: true });
      socket.on('connect', () => turn(onConnect));
      return wrap(socket);
    },
    lookup(name, onDone) {
      dns.lookup(name, { all: true, family: 4 }, (error, found) =>
        turn(() => onDone(error ? null : found.map(({ address }) => address))),
      );
    },
    disk: diskAt(dataFolder, turn),
    exit(code, reason) {
      if (isOver) return;
      over();
      options.onExit?.(code, reason);
    },
    operation: (operation) => options.onOperation?.(operation),
  };
  const server = program.start(machine);
  return { server, listening: Promise.all(opening).then(() => {}), close: over };
}

/** Files below a folder of this machine. */
function diskAt(root: string, turn: (run: () => void) => void): ServerDisk {
  const at = (path: string) => join(root, path);
  const place = (path: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    return at(path);
  };
  const orNull = <T>(read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  };
  /** Written and not yet asked to be durable. */
  const dirty = new Set<string>();
  return {
    read: (path) => orNull(() => new Uint8Array(readFileSync(at(path)))),
    write(path, bytes) {
      const file = place(path);
      dirty.add(file);
      writeFileSync(file, bytes);
    },
    append(path, bytes) {
      const file = place(path);
      dirty.add(file);
      appendFileSync(file, bytes);
    },
    rename(from, to) {
      renameSync(at(from), place(to));
      if (dirty.delete(at(from))) dirty.add(at(to));
    },
    remove(path) {
      dirty.delete(at(path));
      return orNull(() => rmSync(at(path))) !== null;
    },
    list: (folder) =>
      (orNull(() => readdirSync(at(folder), { recursive: true, withFileTypes: true })) ?? [])
        .filter((entry) => entry.isFile())
        .map((entry) => `/${relative(root, join(entry.parentPath, entry.name))}`)
        .sort(),
    sync(onDone) {
      const files = [...dirty];
      dirty.clear();
      let left = files.length;
      if (left === 0) setImmediate(() => turn(onDone));
      for (const path of files) {
        const file = openSync(path, 'r+');
        fdatasync(file, () => {
          closeSync(file);
          if (--left === 0) turn(onDone);
        });
      }
    },
  };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string' }, data: { type: 'string', default: '/var/tmp/loadbearing' } },
  });
  const [name = '', ...argv] = positionals;
  const { default: program } = (await import(`../../lab/images/${name}/index.ts`)) as { default: ServerProgram };
  const standard: Record<string, number> = { redis: 6379, postgres: 5432, rabbitmq: 5672, consul: 8500 };
  const port = Number(values.port ?? standard[name]);
  const serving = serveImage({
    program,
    argv,
    env: process.env as Record<string, string>,
    ports: { [standard[name] ?? port]: port },
    dataFolder: values.data,
    onLog: (line) => console.log(line),
    onExit: (code) => process.exit(code),
  });
  await serving.listening;
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => serving.server.signal(signal));
}
