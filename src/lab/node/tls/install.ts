/** Lets fetch open connections for https:. TLS itself is evaluated with the first of them. */
import { secure } from '../fetch/secure.ts';
import { isIP } from '../net/address.ts';

export function connectSecureFetch(): void {
  secure.connect = (options) =>
    require('./index.ts').default.connect({
      ...options,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(options.host) ? {} : { servername: options.host }),
    });
}
