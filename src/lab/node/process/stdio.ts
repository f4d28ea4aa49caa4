/** process.stdout, stderr and stdin: pipes, never a terminal. Streams are loaded when one is first used. */

export function createOutput(fd: 1 | 2): any {
  const { Writable } = require('../stream/index.ts');
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: any, encoding: any, done: () => void) {
      __kernel.write(
        fd,
        typeof chunk === 'string' && encoding !== 'hex' ? chunk : Buffer.from(chunk, encoding).toString(),
      );
      done();
    },
  });
  // Node's own cannot be closed: what is written after end() is lost with an error, but destroy() leaves them open.
  stream.destroy = () => stream;
  return Object.assign(stream, { fd, _type: 'pipe', _isStdio: true });
}

/** Nobody types: it ends at once. */
export function createInput(): any {
  const { Readable } = require('../stream/index.ts');
  return Object.assign(Readable.from([]), { fd: 0 });
}
