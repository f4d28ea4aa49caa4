/** From frames of a channel to whole commands: a method, and for `basic.publish` the header and the body that follow. */
import { Reader } from '../wire/buffer.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../wire/frames.ts';
import { BadArguments, decodeArgs, MalformedText, type MethodArgs } from '../wire/methods.ts';
import { AmqpError, term } from './errors.ts';

export interface Command {
  readonly name: string;
  readonly args: MethodArgs;
  readonly content: { readonly raw: Uint8Array; readonly body: Uint8Array } | null;
}

/** Of the methods that a client sends, the one that has content. Those of the server are answered as unimplemented. */
const WITH_CONTENT: ReadonlySet<string> = new Set(['basic.publish', 'basic.return', 'basic.deliver', 'basic.get-ok']);
const CLASS_BASIC = 60;

interface Waiting {
  readonly name: string;
  readonly args: MethodArgs;
  raw: Uint8Array | null;
  parts: Uint8Array[];
  left: number;
  size: number;
}

export class Assembler {
  private waiting: Waiting | null = null;

  /** The command that this frame completes. Throws AmqpError, and what the codec throws for bytes that are no arguments. */
  take(type: number, name: string | null, payload: Uint8Array): Command | null {
    if (this.waiting === null) {
      if (type !== FRAME_METHOD) {
        throw new AmqpError('unexpected_frame', 'expected method frame, got non method frame instead');
      }
      const args = decode(name!, payload);
      if (!WITH_CONTENT.has(name!)) return { name: name!, args, content: null };
      this.waiting = { name: name!, args, raw: null, parts: [], left: 0, size: 0 };
      return null;
    }
    const { waiting } = this;
    if (waiting.raw === null) return this.header(waiting, type, payload);
    if (type !== FRAME_BODY) {
      const text = 'expected content body, got non content body frame instead';
      throw new AmqpError('unexpected_frame', text, waiting.name);
    }
    waiting.parts.push(payload);
    waiting.left -= payload.length;
    // More than was announced never ends, as with the real one: the next frame that is no body is an error.
    return waiting.left === 0 ? this.done(waiting) : null;
  }

  private header(waiting: Waiting, type: number, payload: Uint8Array): Command | null {
    if (type !== FRAME_HEADER) {
      const text = `expected content header for class ${CLASS_BASIC}, got non content header frame instead`;
      throw new AmqpError('unexpected_frame', text, waiting.name);
    }
    const reader = new Reader(payload);
    const classId = reader.u16();
    const weight = reader.u16();
    if (classId !== CLASS_BASIC || weight !== 0) {
      const text = `expected content header for class ${CLASS_BASIC}, got one for class ${classId} instead`;
      throw new AmqpError('unexpected_frame', text, waiting.name);
    }
    waiting.size = Number(reader.u64());
    waiting.left = waiting.size;
    waiting.raw = payload.slice(12);
    return waiting.size === 0 ? this.done(waiting) : null;
  }

  private done({ name, args, raw, parts, size }: Waiting): Command {
    this.waiting = null;
    const body = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      body.set(part, at);
      at += part.length;
    }
    return { name, args, content: { raw: raw!, body } };
  }
}

/** A table that is none goes on as it is: it ends the connection without a word. */
function decode(name: string, payload: Uint8Array): MethodArgs {
  try {
    return decodeArgs(name, payload);
  } catch (error) {
    if (error instanceof MalformedText) throw new AmqpError('frame_error', error.message);
    if (!(error instanceof BadArguments)) throw error;
    throw new AmqpError('frame_error', `cannot decode ${term(payload.subarray(4))}`, name);
  }
}
