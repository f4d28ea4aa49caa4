/** Who is believed: a chain of names up to one that is trusted, dates, and the host's name. Source: Node 24's lib/tls.js. */
import { codes, defineError } from '../errors.ts';
import { isIP } from '../net/address.ts';
import type { Certificate } from './certificate.ts';

defineError('ERR_TLS_CERT_ALTNAME_INVALID', (reason) => `Hostname/IP does not match certificate's altnames: ${reason}`);

const HINT = '; if the root CA is installed locally, try running Node.js with --use-system-ca';

const error = (code: string, message: string) => Object.assign(new Error(message), { code });

/**
 * Null when the first of `chain` leads to one of `trusted`. Names and dates are all that is compared.
 * @param nowMs wall clock
 */
export function verifyChain(
  chain: readonly Certificate[],
  trusted: readonly Certificate[],
  nowMs: number,
): Error | null {
  const [leaf] = chain;
  if (leaf === undefined) return error('UNABLE_TO_GET_ISSUER_CERT', 'unable to get issuer certificate');
  let current = leaf;
  for (let depth = 0; depth < 10; depth++) {
    const isTrusted = trusted.some((one) => Buffer.compare(one.raw, current.raw) === 0);
    const root = isTrusted ? current : trusted.find((one) => one.subjectKey === current.issuerKey);
    if (root !== undefined) return datesError([...chain.slice(0, depth + 1), root], nowMs);
    if (current.subjectKey === current.issuerKey) {
      return depth === 0
        ? error('DEPTH_ZERO_SELF_SIGNED_CERT', `self-signed certificate${HINT}`)
        : error('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain');
    }
    const issuer = chain.find((one) => one !== current && one.subjectKey === current.issuerKey);
    if (issuer === undefined) break;
    current = issuer;
  }
  return current !== leaf
    ? error('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', `unable to get local issuer certificate${HINT}`)
    : error('UNABLE_TO_VERIFY_LEAF_SIGNATURE', `unable to verify the first certificate${HINT}`);
}

function datesError(chain: readonly Certificate[], nowMs: number): Error | null {
  for (const { notBeforeMs, notAfterMs } of chain) {
    if (nowMs < notBeforeMs) return error('CERT_NOT_YET_VALID', 'certificate is not yet valid');
    if (nowMs > notAfterMs) return error('CERT_HAS_EXPIRED', 'certificate has expired');
  }
  return null;
}

/** tls.checkServerIdentity: undefined, or the error. */
export function checkServerIdentity(hostname: any, cert: any): Error | undefined {
  const host = String(hostname).replace(/\.$/, '');
  const names: string[] = cert.subjectaltname ? cert.subjectaltname.split(', ') : [];
  const after = (prefix: string) =>
    names.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  const dnsNames = after('DNS:');
  const ips = after('IP Address:');
  let reason: string | null;
  if (isIP(host)) reason = ips.includes(host) ? null : `IP: ${host} is not in the cert's list: ${ips.join(', ')}`;
  else if (dnsNames.length > 0) {
    const isValid = dnsNames.some((pattern) => matches(host, pattern));
    reason = isValid ? null : `Host: ${host}. is not in the cert's altnames: ${cert.subjectaltname}`;
  } else if (cert.subject?.CN) {
    const isValid = [cert.subject.CN].flat().some((pattern) => matches(host, pattern));
    reason = isValid ? null : `Host: ${host}. is not cert's CN: ${cert.subject.CN}`;
  } else reason = 'Cert does not contain a DNS name';
  if (reason === null) return undefined;
  return Object.assign(new codes.ERR_TLS_CERT_ALTNAME_INVALID(reason), { reason, host, cert });
}

/** RFC 6125 §6.4.3: one wildcard in the first label, and not right below a top-level domain. */
function matches(host: string, pattern: string): boolean {
  const split = (name: string) => name.toLowerCase().replace(/\.$/, '').split('.');
  const hostParts = split(host);
  const parts = split(pattern);
  if (hostParts.length !== parts.length || parts.includes('')) return false;
  if (parts.some((part, i) => i > 0 && part !== hostParts[i])) return false;
  const pieces = parts[0]!.split('*');
  if (pieces.length === 1 || parts[0]!.includes('xn--')) return parts[0] === hostParts[0];
  if (pieces.length > 2 || parts.length <= 2) return false;
  const [prefix, suffix] = pieces as [string, string];
  const first = hostParts[0]!;
  return prefix.length + suffix.length <= first.length && first.startsWith(prefix) && first.endsWith(suffix);
}
