/** Which protocol a connection speaks: by the server's port, else by what it says. */
import { AmqpDecoder } from './amqp.ts';
import type { Decoder, Side } from './decoder.ts';
import { HttpDecoder } from './http.ts';
import { PostgresDecoder } from './postgres.ts';
import { RespDecoder } from './resp.ts';

export type { Decoded, Decoder, Side } from './decoder.ts';

export type Protocol = 'HTTP/1.1' | 'RESP' | 'AMQP 0-9-1' | 'PostgreSQL';

const PORTS: Readonly<Record<number, Protocol>> = { 6379: 'RESP', 5432: 'PostgreSQL', 5672: 'AMQP 0-9-1' };

/** `client` and `server`: the first bytes that each side was seen to send. `port` is 0 when nobody saw it open. */
export function protocolOf(port: number, client: Uint8Array, server: Uint8Array): Protocol | null {
  const byPort = PORTS[port];
  if (byPort !== undefined) return byPort;
  const [c = 0, s = 0] = [client[0], server[0]];
  const word = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 8));
  if (/^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT) /.test(word(client))) return 'HTTP/1.1';
  if (word(server).startsWith('HTTP/1.')) return 'HTTP/1.1';
  if (
    word(client).startsWith('AMQP') ||
    (isFrame(client) && client.length > 7) ||
    (isFrame(server) && server.length > 7)
  )
    return 'AMQP 0-9-1';
  // `*2\r\n$3…`, and replies that begin with a type and end their first line with CR LF.
  if (c === 0x2a || (client.length === 0 && '+-:$*%_'.includes(String.fromCharCode(s)) && server.includes(13)))
    return 'RESP';
  if (isTyped(client, 'QPBDESCHXp') || isTyped(server, 'RSKZTDCEN123nt') || (c === 0 && client.length > 7))
    return 'PostgreSQL';
  return null;
}

export function decoderOf(protocol: Protocol, side: Side): Decoder {
  switch (protocol) {
    case 'HTTP/1.1':
      return new HttpDecoder();
    case 'RESP':
      return new RespDecoder(side === 'client');
    case 'AMQP 0-9-1':
      return new AmqpDecoder();
    case 'PostgreSQL':
      return new PostgresDecoder(side);
  }
}

function isFrame(bytes: Uint8Array): boolean {
  const size = (bytes[3] ?? 0) * 2 ** 24 + (bytes[4] ?? 0) * 65_536 + (bytes[5] ?? 0) * 256 + (bytes[6] ?? 0);
  return [1, 2, 3, 8].includes(bytes[0] ?? 0) && bytes[size + 7] === 0xce;
}

/** A letter of the protocol, and a length that is plausible. */
function isTyped(bytes: Uint8Array, letters: string): boolean {
  return bytes.length >= 5 && letters.includes(String.fromCharCode(bytes[0]!)) && bytes[1] === 0 && bytes[2]! < 16;
}
