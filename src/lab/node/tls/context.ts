/** tls.createSecureContext: who one is, and whom one trusts. Keys are looked at, never used. */
import { type Certificate, certificatesOf } from './certificate.ts';

export class SecureContext {
  readonly context: { readonly certificates: readonly Certificate[]; readonly trusted: readonly Certificate[] };

  constructor(options: any) {
    const { cert, key, ca } = options;
    const all = (value: any): any[] => (value === undefined || value === null ? [] : [value].flat());
    for (const one of [...all(cert), ...all(key).map((given) => given?.pem ?? given)]) {
      if (!/-----BEGIN [A-Z ]+-----/.test(String(one))) {
        const error = new Error('error:0480006C:PEM routines::no start line');
        throw Object.assign(error, {
          library: 'PEM routines',
          reason: 'no start line',
          code: 'ERR_OSSL_PEM_NO_START_LINE',
        });
      }
    }
    if (options.pfx !== undefined) throw new Error('tls: pfx is not part of the lab. Give key and cert as PEM.');
    // Without a key a certificate is of no use.
    const certificates = all(key).length === 0 ? [] : all(cert).flatMap(certificatesOf);
    const trusted = all(ca).flatMap(certificatesOf);
    this.context = { certificates: withIssuers(certificates, trusted), trusted };
  }
}

export function createSecureContext(options: any = {}): SecureContext {
  return new SecureContext(options ?? {});
}

/** As OpenSSL does, one's own chain is completed from what one trusts, up to the root. */
function withIssuers(own: readonly Certificate[], trusted: readonly Certificate[]): Certificate[] {
  const chain = [...own];
  for (let last = chain.at(-1); last !== undefined && chain.length < 10; ) {
    const { issuerKey, subjectKey } = last;
    last = issuerKey === subjectKey ? undefined : trusted.find((one) => one.subjectKey === issuerKey);
    if (last !== undefined) chain.push(last);
  }
  return chain;
}
