/** node:stream/consumers: a whole stream as one value. */
import { networkGlobals } from '../network-modules.ts';

async function collect(stream: AsyncIterable<any>): Promise<any> {
  const chunks: any[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks);
}

export const buffer = collect;

export async function arrayBuffer(stream: AsyncIterable<any>): Promise<ArrayBuffer> {
  const bytes = await collect(stream);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

export async function text(stream: AsyncIterable<any>): Promise<string> {
  return new TextDecoder().decode(await collect(stream));
}

export async function json(stream: AsyncIterable<any>): Promise<unknown> {
  return JSON.parse(await text(stream));
}

export async function blob(stream: AsyncIterable<any>): Promise<unknown> {
  return new (networkGlobals.Blob as any)([await collect(stream)]);
}

export default { arrayBuffer, blob, buffer, json, text };
