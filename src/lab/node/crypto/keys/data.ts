/** Key material of every kind, and its forms: SPKI and PKCS #8 (RFC 5280, 5958, 8410), SEC 1, PKCS #1, JWK (RFC 7517). */
import { ecPublic, findCurve, isPoint, OKP_OIDS, okp, uncompressed, type WeierstrassCurve } from './curves.ts';
import * as D from './der.ts';
import type { RsaKey } from './rsa.ts';

export interface SecretKey {
  readonly kind: 'secret';
  readonly bytes: Uint8Array;
}

export interface EcKey {
  readonly kind: 'ec';
  readonly curve: WeierstrassCurve;
  /** Uncompressed point. */
  readonly point: Uint8Array;
  readonly secret?: Uint8Array;
}

export interface OkpKey {
  readonly kind: 'okp';
  /** Ed25519 or X25519. */
  readonly name: string;
  readonly point: Uint8Array;
  readonly secret?: Uint8Array;
}

export type AsymmetricKey = EcKey | OkpKey | RsaKey;
export type KeyData = SecretKey | AsymmetricKey;

export const isPrivate = (key: AsymmetricKey) => key.secret !== undefined;

/** Without what is secret. */
export function publicOf(key: AsymmetricKey): AsymmetricKey {
  const { secret: _secret, ...rest } = key;
  return rest as AsymmetricKey;
}

const EC_OID = '1.2.840.10045.2.1';
const RSA_OID = '1.2.840.113549.1.1.1';

const invalid = (what = 'unsupported key') => new Error(what);

/** `{ algorithm, parameters }` of an AlgorithmIdentifier. */
function algorithm(node: D.DerNode): { oid: string; curve: WeierstrassCurve | undefined } {
  const [type, parameter] = D.nodes(node.body) as [D.DerNode, D.DerNode | undefined];
  const curve = parameter?.tag === 6 ? findCurve(D.oidOf(parameter.body)) : undefined;
  return { oid: D.oidOf(type.body), curve };
}

const okpName = (oid: string) => Object.keys(OKP_OIDS).find((name) => OKP_OIDS[name] === oid);

export function ecKey(curve: WeierstrassCurve, point: Uint8Array, secret?: Uint8Array): EcKey {
  if (!isPoint(curve, point)) throw invalid('invalid point');
  const key = { kind: 'ec', curve, point: uncompressed(curve, point) } as const;
  return secret === undefined ? key : { ...key, secret };
}

// --- from bytes

export function fromSpki(bytes: Uint8Array): AsymmetricKey {
  const [info, bits] = D.nodes(D.nodes(bytes)[0]!.body) as [D.DerNode, D.DerNode];
  const { oid, curve } = algorithm(info);
  const body = bits.body.slice(1);
  if (oid === EC_OID && curve !== undefined) return ecKey(curve, body);
  if (oid === RSA_OID) return rsaPublic(body);
  const name = okpName(oid);
  if (name !== undefined) return { kind: 'okp', name, point: body };
  throw invalid();
}

export function fromPkcs8(bytes: Uint8Array): AsymmetricKey {
  const [, info, octets] = D.nodes(D.nodes(bytes)[0]!.body) as [D.DerNode, D.DerNode, D.DerNode];
  const { oid, curve } = algorithm(info);
  if (oid === EC_OID && curve !== undefined) return fromSec1(octets.body, curve);
  if (oid === RSA_OID) return rsaPrivate(octets.body);
  const name = okpName(oid);
  if (name === undefined) throw invalid();
  const secret = D.nodes(octets.body)[0]!.body.slice();
  return { kind: 'okp', name, point: okp.publicOf(name, secret), secret };
}

/** ECPrivateKey, RFC 5915. */
export function fromSec1(bytes: Uint8Array, given?: WeierstrassCurve): EcKey {
  const [, secret, ...optional] = D.nodes(D.nodes(bytes)[0]!.body) as [D.DerNode, D.DerNode, ...D.DerNode[]];
  const named = optional.find(({ tag }) => tag === 0xa0);
  const curve = given ?? (named === undefined ? undefined : findCurve(D.oidOf(D.nodes(named.body)[0]!.body)));
  if (curve === undefined) throw invalid();
  const bytesOfSecret = D.unsigned(secret.body, curve.size);
  return ecKey(curve, ecPublic(curve, bytesOfSecret), bytesOfSecret);
}

function rsaPublic(bytes: Uint8Array): RsaKey {
  const [n, e] = D.nodes(D.nodes(bytes)[0]!.body) as [D.DerNode, D.DerNode];
  return { kind: 'rsa', n: D.unsigned(n.body), e: D.unsigned(e.body) };
}

function rsaPrivate(bytes: Uint8Array): RsaKey {
  const [, n, e, ...secret] = D.nodes(D.nodes(bytes)[0]!.body).map(({ body }) => D.unsigned(body)) as Uint8Array[];
  return { kind: 'rsa', n: n!, e: e!, secret };
}

/** Any PEM or DER that holds a key. */
export function fromEncoded(bytes: Uint8Array, label?: string): AsymmetricKey {
  switch (label) {
    case 'PUBLIC KEY':
      return fromSpki(bytes);
    case 'PRIVATE KEY':
      return fromPkcs8(bytes);
    case 'EC PRIVATE KEY':
      return fromSec1(bytes);
    case 'RSA PRIVATE KEY':
      return rsaPrivate(bytes);
    case 'RSA PUBLIC KEY':
      return rsaPublic(bytes);
    default:
      throw invalid();
  }
}

// --- to bytes

const algorithmOf = (key: AsymmetricKey) =>
  key.kind === 'ec'
    ? D.der(D.SEQUENCE, D.oid(EC_OID), D.oid(key.curve.oid))
    : key.kind === 'rsa'
      ? D.der(D.SEQUENCE, D.oid(RSA_OID), D.NULL)
      : D.der(D.SEQUENCE, D.oid(OKP_OIDS[key.name]!));

const bits = (bytes: Uint8Array) => D.der(D.BIT_STRING, Uint8Array.of(0), bytes);

export function toSpki(key: AsymmetricKey): Uint8Array {
  const body = key.kind === 'rsa' ? D.der(D.SEQUENCE, D.integer(key.n), D.integer(key.e)) : key.point;
  return D.der(D.SEQUENCE, algorithmOf(key), bits(body));
}

export function toPkcs8(key: AsymmetricKey): Uint8Array {
  const inner =
    key.kind === 'ec'
      ? D.der(D.SEQUENCE, D.smallInteger(1), D.der(D.OCTET_STRING, key.secret!), D.der(0xa1, bits(key.point)))
      : key.kind === 'rsa'
        ? D.der(D.SEQUENCE, D.smallInteger(0), ...[key.n, key.e, ...key.secret!].map(D.integer))
        : D.der(D.OCTET_STRING, key.secret!);
  return D.der(D.SEQUENCE, D.smallInteger(0), algorithmOf(key), D.der(D.OCTET_STRING, inner));
}

// --- JWK

const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const unb64 = (text: unknown) => {
  if (typeof text !== 'string') throw invalid('Invalid JWK data');
  return new Uint8Array(Buffer.from(text, 'base64url'));
};

const RSA_SECRETS = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const;

export function toJwk(key: KeyData): any {
  switch (key.kind) {
    case 'secret':
      return { kty: 'oct', k: b64(key.bytes) };
    case 'ec': {
      const [x, y] = [key.point.slice(1, 1 + key.curve.size), key.point.slice(1 + key.curve.size)];
      const jwk: any = { kty: 'EC', x: b64(x), y: b64(y), crv: key.curve.name };
      if (key.secret !== undefined) jwk.d = b64(key.secret);
      return jwk;
    }
    case 'okp': {
      const jwk: any = { crv: key.name, x: b64(key.point), kty: 'OKP' };
      return key.secret === undefined ? jwk : { crv: key.name, d: b64(key.secret), x: jwk.x, kty: 'OKP' };
    }
    case 'rsa': {
      const jwk: any = { kty: 'RSA', n: b64(key.n), e: b64(key.e) };
      for (const [i, part] of (key.secret ?? []).entries()) jwk[RSA_SECRETS[i]!] = b64(part);
      return jwk;
    }
  }
}

export function fromJwk(jwk: any): KeyData {
  if (jwk?.kty === 'oct') return { kind: 'secret', bytes: unb64(jwk.k) };
  if (jwk?.kty === 'RSA') {
    const key: RsaKey = { kind: 'rsa', n: unb64(jwk.n), e: unb64(jwk.e) };
    return jwk.d === undefined ? key : { ...key, secret: RSA_SECRETS.map((name) => unb64(jwk[name])) };
  }
  if (jwk?.kty === 'EC') {
    const curve = findCurve(jwk.crv);
    if (curve === undefined) throw invalid('Invalid JWK EC key');
    const [x, y] = [unb64(jwk.x), unb64(jwk.y)];
    const point = Buffer.concat([Uint8Array.of(4), x, y]);
    return ecKey(curve, new Uint8Array(point), jwk.d === undefined ? undefined : unb64(jwk.d));
  }
  if (jwk?.kty === 'OKP' && OKP_OIDS[jwk.crv] !== undefined) {
    const key = { kind: 'okp', name: jwk.crv, point: unb64(jwk.x) } as const;
    if (key.point.length !== 32) throw invalid('Invalid JWK data');
    return jwk.d === undefined ? key : { ...key, secret: unb64(jwk.d) };
  }
  throw invalid('Invalid JWK data');
}
