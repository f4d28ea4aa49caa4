/** CryptoKey: key material with what it may be used for. Its fields are read only; the material is seen by this folder alone. */
import { codes } from '../../errors.ts';
import { inspect } from '../../util/inspect.ts';
import type { KeyData } from './data.ts';

let isMaking = false;
const materials = new WeakMap<object, KeyData>();

export class CryptoKey {
  readonly #type: string;
  readonly #extractable: boolean;
  readonly #algorithm: any;
  readonly #usages: string[];

  constructor(type: string, extractable: boolean, algorithm: any, usages: string[]) {
    if (!isMaking) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
    this.#type = type;
    this.#extractable = extractable;
    this.#algorithm = algorithm;
    this.#usages = usages;
  }
  get type() {
    return this.#type;
  }
  get extractable() {
    return this.#extractable;
  }
  get algorithm() {
    return this.#algorithm;
  }
  get usages() {
    return this.#usages;
  }
  get [Symbol.toStringTag]() {
    return 'CryptoKey';
  }
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: any): any {
    if (depth < 0) return this;
    const { type, extractable, algorithm, usages } = this;
    return `CryptoKey ${inspect({ type, extractable, algorithm, usages }, options)}`;
  }
}

/** Usages in the order of the specification. */
const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'];

export function makeKey(data: KeyData, algorithm: any, extractable: boolean, usages: readonly string[]): CryptoKey {
  const type = data.kind === 'secret' ? 'secret' : data.secret === undefined ? 'public' : 'private';
  isMaking = true;
  try {
    const sorted = USAGES.filter((usage) => usages.includes(usage));
    const key = new CryptoKey(type, type === 'public' || extractable, algorithm, sorted);
    materials.set(key, data);
    return key;
  } finally {
    isMaking = false;
  }
}

export function materialOf(key: any): any {
  const data = materials.get(key);
  if (data === undefined) throw new codes.ERR_INVALID_ARG_TYPE('key', 'CryptoKey', key);
  return data;
}

export const isCryptoKey = (value: any) => typeof value === 'object' && value !== null && materials.has(value);
