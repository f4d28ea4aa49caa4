/** SCRAM-SHA-256 (RFC 5802, 7677), as PostgreSQL speaks it, without channel binding. */
import { hmac } from '@noble/hashes/hmac.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64, fromBase64 } from '../functions/text.ts';

const utf8 = new TextEncoder();
const ITERATIONS = 4096;

export class Scram {
  private readonly password: string;
  private readonly salt: Uint8Array;
  private readonly nonce: string;
  private firstBare = '';
  private serverFirst = '';
  private combined = '';

  constructor(password: string, fill: (bytes: Uint8Array) => void) {
    this.password = password;
    this.salt = new Uint8Array(16);
    fill(this.salt);
    const nonce = new Uint8Array(18);
    fill(nonce);
    this.nonce = base64(nonce);
  }

  /** `n,,n=,r=…` → the server's first message; null when it is malformed. */
  first(clientFirst: string): string | null {
    const m = /^[ny],(?:a=[^,]*)?,((?:n=[^,]*),r=([^,]+).*)$/s.exec(clientFirst);
    if (!m) return null;
    this.firstBare = m[1]!;
    this.combined = m[2]! + this.nonce;
    this.serverFirst = `r=${this.combined},s=${base64(this.salt)},i=${ITERATIONS}`;
    return this.serverFirst;
  }

  /** The server's last message when the proof is right. */
  final(clientFinal: string): string | null {
    const m = /^(c=[^,]+,r=([^,]+)),p=([A-Za-z0-9+/=]+)$/.exec(clientFinal);
    if (!m || m[2] !== this.combined) return null;
    const salted = pbkdf2(sha256, utf8.encode(this.password), this.salt, { c: ITERATIONS, dkLen: 32 });
    const clientKey = hmac(sha256, salted, utf8.encode('Client Key'));
    const storedKey = sha256(clientKey);
    const message = utf8.encode(`${this.firstBare},${this.serverFirst},${m[1]}`);
    const signature = hmac(sha256, storedKey, message);
    const proof = fromBase64(m[3]!);
    if (proof.length !== 32 || proof.some((b, i) => (b ^ signature[i]!) !== clientKey[i]!)) return null;
    const serverKey = hmac(sha256, salted, utf8.encode('Server Key'));
    return `v=${base64(hmac(sha256, serverKey, message))}`;
  }
}
