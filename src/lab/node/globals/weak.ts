/**
 * WeakRef and FinalizationRegistry without a collector: when the host frees memory must not be seen inside a run. A
 * reference stays alive, a registry never calls back; both are allowed by ECMA-262.
 */
export class WeakRef<T extends object> {
  readonly #target: T;
  constructor(target: T) {
    if ((typeof target !== 'object' || target === null) && typeof target !== 'function') {
      throw new TypeError('WeakRef: target must be an object');
    }
    this.#target = target;
  }
  deref(): T {
    return this.#target;
  }
  get [Symbol.toStringTag]() {
    return 'WeakRef';
  }
}

export class FinalizationRegistry {
  constructor(cleanup: unknown) {
    if (typeof cleanup !== 'function') throw new TypeError('FinalizationRegistry: cleanup must be callable');
  }
  register(): void {}
  unregister(): boolean {
    return false;
  }
  get [Symbol.toStringTag]() {
    return 'FinalizationRegistry';
  }
}
