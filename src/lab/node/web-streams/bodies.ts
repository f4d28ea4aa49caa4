/** ReadableStreams for the bodies of Request and Response and for Blobs: what fetch/web.ts leaves open. */
import { Body } from '../fetch/body.ts';
import { decoded } from '../fetch/decode.ts';
import { parseForm } from '../fetch/parse-form.ts';
import { web } from '../fetch/web.ts';
import { isDisturbed, isReadableStream, ReadableStream } from './classes.ts';

export function connectBodies(): void {
  web.bodies = {
    isStream: isReadableStream,
    isTaken: (stream) => stream.locked || isDisturbed(stream),
    isDisturbed,
    streamOf,
    bodyFrom,
    streamFrom,
    parseForm,
    decoded,
  };
}

/** Gives what has come when it is read, and asks the connection for more only then. */
function streamOf(body: Body): any {
  let isOver = false;
  const end = (controller: any) => {
    if (isOver) return;
    isOver = true;
    if (body.hasFailed) controller.error(body.error);
    else {
      controller.close();
      controller.byobRequest?.respond(0);
    }
  };
  const stream = new ReadableStream(
    {
      type: 'bytes',
      start(controller: any) {
        if (body.isDone && body.isDrained) end(controller);
        body.onSettled = () => {
          if (body.hasFailed || body.isDrained) end(controller);
        };
      },
      pull(controller: any) {
        return new Promise<void>((resolve) => {
          const next = () => {
            const chunk = body.hasFailed ? null : body.take();
            // A copy: the stream takes the buffer away from whoever has it, and others read the same segment.
            if (chunk !== null) {
              controller.enqueue(chunk.slice());
              if (body.isDone && body.isDrained) end(controller);
            } else if (body.hasFailed || body.isDone) end(controller);
            else {
              body.want(next);
              return;
            }
            resolve();
          };
          next();
        });
      },
      cancel(reason: any) {
        isOver = true;
        body.isUsed = true;
        body.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  body.lockStream = () => void stream.getReader();
  // Taken by a method before anybody looked at the stream.
  if (body.isLocked) body.lockStream();
  return stream;
}

function bodyFrom(stream: any): Body {
  if (stream.locked || isDisturbed(stream)) {
    throw new TypeError('Response body object should not be disturbed or locked');
  }
  let reader: any = null;
  const body = Body.from({
    [Symbol.asyncIterator]: () => ({
      next() {
        reader ??= stream.getReader();
        return reader.read().then((result: any) => {
          if (result.done || result.value instanceof Uint8Array || body.isSent) return result;
          const error = new TypeError('Received non-Uint8Array chunk');
          reader.cancel(error).catch(() => {});
          throw error;
        });
      },
      return: (reason: any) => (reader ?? stream).cancel(reason),
    }),
  });
  body.stream = stream;
  return body;
}

function streamFrom(parts: readonly Uint8Array[]): any {
  let at = 0;
  return new ReadableStream(
    {
      type: 'bytes',
      pull(controller: any) {
        if (at < parts.length) controller.enqueue(parts[at++]!.slice());
        if (at >= parts.length) {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
    },
    { highWaterMark: 0 },
  );
}
