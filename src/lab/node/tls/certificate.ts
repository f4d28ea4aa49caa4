/**
 * X.509 certificates as data: names, dates and keys are read from the DER inside PEM (RFC 5280 §4.1). Nothing is
 * checked with mathematics: a signature is believed when the issuer's name is that of a certificate one trusts.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { type DerNode, nodes, oidOf } from '../crypto/keys/der.ts';

export interface Certificate {
  /** CN, O, … in the order of the certificate. */
  readonly subject: Readonly<Record<string, any>>;
  readonly issuer: Readonly<Record<string, any>>;
  readonly subjectKey: string;
  readonly issuerKey: string;
  readonly altNames: string | undefined;
  readonly isAuthority: boolean;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly serialNumber: string;
  readonly key: Readonly<Record<string, any>>;
  readonly raw: Uint8Array;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

function name(sequence: Uint8Array): Record<string, any> {
  const attributes: Record<string, any> = Object.create(null);
  for (const set of nodes(sequence)) {
    for (const { body } of nodes(set.body)) {
      const [type, value] = nodes(body) as [DerNode, DerNode];
      const key = ATTRIBUTES[oidOf(type.body)] ?? oidOf(type.body);
      const given = text(value.body);
      attributes[key] = key in attributes ? [attributes[key], given].flat() : given;
    }
  }
  return attributes;
}

/** UTCTime or GeneralizedTime. */
function timeMs({ tag, body }: DerNode): number {
  const digits = text(body);
  const year =
    tag === 0x17
      ? Number(digits.slice(0, 2)) + (Number(digits.slice(0, 2)) < 50 ? 2000 : 1900)
      : Number(digits.slice(0, 4));
  const rest = digits.slice(tag === 0x17 ? 2 : 4);
  const [month, day, hours, minutes, seconds] = [0, 2, 4, 6, 8].map((at) => Number(rest.slice(at, at + 2)));
  return Date.UTC(year, month! - 1, day, hours, minutes, seconds);
}

function altNames(octets: Uint8Array): string {
  const sequence = nodes(octets)[0]!;
  return nodes(sequence.body)
    .map(({ tag, body }) => {
      if (tag === 0x82) return `DNS:${text(body)}`;
      if (tag === 0x87)
        return `IP Address:${body.length === 4 ? body.join('.') : hex(body).replace(/(....)(?!$)/g, '$1:')}`;
      if (tag === 0x86) return `URI:${text(body)}`;
      if (tag === 0x81) return `email:${text(body)}`;
      return 'othername:<unsupported>';
    })
    .join(', ');
}

const CURVES: Readonly<Record<string, readonly [string, string, number]>> = {
  '1.2.840.10045.3.1.7': ['prime256v1', 'P-256', 256],
  '1.3.132.0.34': ['secp384r1', 'P-384', 384],
  '1.3.132.0.35': ['secp521r1', 'P-521', 521],
};

function publicKey(info: DerNode): Record<string, any> {
  const [algorithm, bits] = nodes(info.body) as [DerNode, DerNode];
  const [type, parameter] = nodes(algorithm.body) as [DerNode, DerNode | undefined];
  const key = bits.body.subarray(1);
  const curve = parameter?.tag === 6 ? CURVES[oidOf(parameter.body)] : undefined;
  if (curve !== undefined) {
    return { pubkey: Buffer.from(key), bits: curve[2], asn1Curve: curve[0], nistCurve: curve[1] };
  }
  if (oidOf(type.body) !== '1.2.840.113549.1.1.1') return { pubkey: Buffer.from(key) };
  const [modulus, exponent] = nodes(nodes(key)[0]!.body) as [DerNode, DerNode];
  const digits = hex(modulus.body).replace(/^00/, '').toUpperCase();
  return {
    modulus: digits,
    bits: digits.length * 4,
    exponent: `0x${hex(exponent.body).replace(/^0+/, '')}`,
    pubkey: Buffer.from(info.whole),
  };
}

export function parseCertificate(der: Uint8Array): Certificate {
  const fields = nodes(nodes(nodes(der)[0]!.body)[0]!.body);
  // The version is optional.
  const at = fields[0]!.tag === 0xa0 ? 1 : 0;
  const [serial, , issuer, validity, subject, key] = fields.slice(at) as [
    DerNode,
    DerNode,
    DerNode,
    DerNode,
    DerNode,
    DerNode,
  ];
  const [from, to] = nodes(validity.body) as [DerNode, DerNode];
  let names: string | undefined;
  let isAuthority = false;
  const extensions = fields.find(({ tag }) => tag === 0xa3);
  for (const extension of extensions === undefined ? [] : nodes(nodes(extensions.body)[0]!.body)) {
    const parts = nodes(extension.body);
    const value = parts[parts.length - 1]!.body;
    if (oidOf(parts[0]!.body) === '2.5.29.17') names = altNames(value);
    if (oidOf(parts[0]!.body) === '2.5.29.19')
      isAuthority = nodes(nodes(value)[0]!.body).some(({ tag, body }) => tag === 1 && body[0] !== 0);
  }
  return {
    subject: name(subject.body),
    issuer: name(issuer.body),
    subjectKey: hex(subject.whole),
    issuerKey: hex(issuer.whole),
    altNames: names,
    isAuthority,
    notBeforeMs: timeMs(from),
    notAfterMs: timeMs(to),
    serialNumber: hex(serial.body).replace(/^00/, '').toUpperCase(),
    key: publicKey(key),
    raw: der,
  };
}

/** All certificates of a PEM text; none when there is no PEM in it. */
export function certificatesOf(pem: unknown): Certificate[] {
  const blocks = String(pem).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => parseCertificate(Buffer.from(block.replace(/-----[^-]+-----|\s/g, ''), 'base64')));
}

/** What `socket.getPeerCertificate()` gives. */
export function describeCertificate(certificate: Certificate): any {
  const { subject, issuer, altNames: names, isAuthority, raw, serialNumber } = certificate;
  // DerNode lists a curve's names at the end.
  const { asn1Curve, nistCurve, ...key } = certificate.key;
  return {
    subject,
    issuer,
    ...(names === undefined ? {} : { subjectaltname: names }),
    ca: isAuthority,
    ...key,
    valid_from: date(certificate.notBeforeMs),
    valid_to: date(certificate.notAfterMs),
    fingerprint: fingerprint(sha1(raw)),
    fingerprint256: fingerprint(sha256(raw)),
    fingerprint512: fingerprint(sha512(raw)),
    serialNumber,
    raw: Buffer.from(raw),
    ...(asn1Curve === undefined ? {} : { asn1Curve, nistCurve }),
  };
}

const fingerprint = (digest: Uint8Array) =>
  hex(digest)
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1:');

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** OpenSSL's way: `Nov  3 08:24:05 2026 GMT`. */
function date(ms: number): string {
  const iso = new Date(ms).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  return `${month} ${String(Number(iso.slice(8, 10))).padStart(2)} ${iso.slice(11, 19)} ${iso.slice(0, 4)} GMT`;
}
