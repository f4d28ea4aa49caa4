/** Puts the whole of Web Crypto (subtle.ts) in the place of the core's sentences. It is evaluated with the first call. */
import { SubtleCrypto } from '../web-crypto.ts';

export { CryptoKey } from './keys/crypto-key.ts';

const METHODS =
  'encrypt decrypt sign verify generateKey deriveKey deriveBits importKey exportKey wrapKey unwrapKey'.split(' ');

export function completeSubtle(): void {
  for (const name of METHODS) {
    const value = (...args: any[]) => require('./subtle.ts').subtleMethods[name](...args);
    Object.defineProperty(value, 'name', { value: name });
    Object.defineProperty(SubtleCrypto.prototype, name, { value, writable: true, configurable: true });
  }
}
