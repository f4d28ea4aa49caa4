/** fs.createReadStream and createWriteStream. */
import { Readable, Writable } from '../stream/index.ts';
import { optionsOf, toPath } from './errors.ts';
import { operations } from './operations.ts';

const CHUNK = 65_536;

export class ReadStream extends Readable {
  declare path: any;
  fd: number | null = null;
  bytesRead = 0;
  #position: number;
  readonly #end: number;

  constructor(path: any, given?: any) {
    const options = optionsOf(given, {});
    super({ highWaterMark: CHUNK, ...options });
    toPath(path);
    this.path = path;
    this.#position = options.start ?? 0;
    this.#end = options.end ?? Number.POSITIVE_INFINITY;
    this.fd = typeof options.fd === 'number' ? options.fd : this.fd;
  }

  _construct(done: (error?: unknown) => void): void {
    attempt(this, done, () => {
      this.fd ??= operations.open(this.path, 'r');
      this.emit('open', this.fd);
      this.emit('ready');
    });
  }

  _read(size: number): void {
    const length = Math.min(size, this.#end - this.#position + 1);
    if (length <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.alloc(length);
    let count = 0;
    try {
      count = operations.read(this.fd!, buffer, 0, length, this.#position);
    } catch (error) {
      this.destroy(error);
      return;
    }
    this.#position += count;
    this.bytesRead += count;
    // A read is never done within the call that asks for it.
    setImmediate(() => this.push(count === 0 ? null : buffer.subarray(0, count)));
  }

  _destroy(error: unknown, done: (error: unknown) => void): void {
    closeOf(this);
    done(error);
  }
}

export class WriteStream extends Writable {
  declare path: any;
  fd: number | null = null;
  bytesWritten = 0;
  readonly #flags: string;

  constructor(path: any, given?: any) {
    const options = optionsOf(given, {});
    super({ ...options, decodeStrings: true, defaultEncoding: options.encoding ?? 'utf8' });
    toPath(path);
    this.path = path;
    this.#flags = options.flags ?? 'w';
    if (typeof options.fd === 'number') this.fd = options.fd;
  }

  _construct(done: (error?: unknown) => void): void {
    attempt(this, done, () => {
      this.fd ??= operations.open(this.path, this.#flags);
      this.emit('open', this.fd);
      this.emit('ready');
    });
  }

  _write(chunk: any, _encoding: string, done: (error?: unknown) => void): void {
    setImmediate(() => {
      try {
        this.bytesWritten += operations.write(this.fd!, chunk);
      } catch (error) {
        done(error);
        return;
      }
      done();
    });
  }

  _destroy(error: unknown, done: (error: unknown) => void): void {
    closeOf(this);
    done(error);
  }

  close(done?: () => void): void {
    if (done) this.once('close', done);
    this.end();
  }
}

function attempt(stream: any, done: (error?: unknown) => void, run: () => void): void {
  setImmediate(() => {
    if (stream.destroyed) return;
    try {
      run();
    } catch (error) {
      done(error);
      return;
    }
    done();
  });
}

function closeOf(stream: any): void {
  if (stream.fd === null) return;
  operations.close(stream.fd);
  stream.fd = null;
}
