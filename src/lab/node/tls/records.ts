/**
 * The lab's TLS on the wire. It is no cryptography: records have TLS's heads (RFC 8446 §5.1), so that whoever speaks
 * something else is told so, but hellos are JSON and data is in the clear.
 */

export const ALERT = 0x15;
export const HANDSHAKE = 0x16;
export const APPLICATION_DATA = 0x17;

/** RFC 8446 §6 */
export const CLOSE_NOTIFY = 0;
export const HANDSHAKE_FAILURE = 40;
export const NO_APPLICATION_PROTOCOL = 120;

export interface Hello {
  readonly simulated: 'The lab has no cryptography: this is plain text.';
  readonly servername?: string;
  readonly alpn?: readonly string[];
  /** DER in base64, the own certificate first. */
  readonly certificates?: readonly string[];
  readonly requestsCertificate?: boolean;
  readonly isFinished?: boolean;
}

export interface Record {
  readonly type: number;
  readonly payload: Uint8Array;
}

const MAX_PAYLOAD = 16_384;

/** One or more records of `payload`. */
export function records(type: number, payload: Uint8Array): Uint8Array {
  const count = Math.max(1, Math.ceil(payload.length / MAX_PAYLOAD));
  const out = new Uint8Array(payload.length + count * 5);
  for (let i = 0, at = 0; i < count; i++) {
    const piece = payload.subarray(i * MAX_PAYLOAD, (i + 1) * MAX_PAYLOAD);
    out.set([type, 3, 3, piece.length >>> 8, piece.length & 0xff], at);
    out.set(piece, at + 5);
    at += 5 + piece.length;
  }
  return out;
}

export const helloRecord = (hello: Omit<Hello, 'simulated'>) =>
  records(
    HANDSHAKE,
    Buffer.from(JSON.stringify({ simulated: 'The lab has no cryptography: this is plain text.', ...hello })),
  );

export const alertRecord = (description: number) =>
  records(ALERT, Uint8Array.of(description === 0 ? 1 : 2, description));

/** What arrived is no TLS: plain HTTP, or something else. */
export class NotTls extends Error {
  readonly isHttp: boolean;
  constructor(isHttp: boolean) {
    super('not TLS');
    this.isHttp = isHttp;
  }
}

export class RecordReader {
  private kept: Uint8Array = new Uint8Array(0);

  push(chunk: Uint8Array): void {
    if (this.kept.length === 0) this.kept = chunk;
    else this.kept = Buffer.concat([this.kept, chunk]);
  }

  /** @throws NotTls */
  read(): Record | null {
    const { kept } = this;
    if (kept.length === 0) return null;
    if (kept[0]! < ALERT || kept[0]! > APPLICATION_DATA || (kept.length > 1 && kept[1] !== 3)) {
      throw new NotTls(
        /^(GET |POST|HEAD|PUT |PRI |DELE|OPTI|CONN|PATC)/.test(Buffer.from(kept.subarray(0, 4)).toString('latin1')),
      );
    }
    if (kept.length < 5) return null;
    const length = (kept[3]! << 8) | kept[4]!;
    if (kept.length < 5 + length) return null;
    const payload = kept.subarray(5, 5 + length);
    this.kept = kept.subarray(5 + length);
    return { type: kept[0]!, payload };
  }
}
