/** Argument checks with Node's error codes and messages, as in Node's lib/internal/validators.js. */
import { codes } from './errors.ts';

export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw new codes.ERR_INVALID_ARG_TYPE(name, 'string', value);
}

export function validateFunction(value: unknown, name: string): asserts value is (...args: any[]) => any {
  if (typeof value !== 'function') throw new codes.ERR_INVALID_ARG_TYPE(name, 'Function', value);
}

export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw new codes.ERR_INVALID_ARG_TYPE(name, 'boolean', value);
}

export function validateObject(value: unknown, name: string): asserts value is Record<string, any> {
  if (value === null || Array.isArray(value) || typeof value !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE(name, 'Object', value);
  }
}

export function validateArray(value: unknown, name: string): asserts value is any[] {
  if (!Array.isArray(value)) throw new codes.ERR_INVALID_ARG_TYPE(name, 'Array', value);
}

/** Any number, NaN refused when a bound is given. */
export function validateNumber(value: unknown, name: string, min?: number, max?: number): asserts value is number {
  if (typeof value !== 'number') throw new codes.ERR_INVALID_ARG_TYPE(name, 'number', value);
  if (
    (min !== undefined && value < min) ||
    (max !== undefined && value > max) ||
    ((min !== undefined || max !== undefined) && Number.isNaN(value))
  ) {
    const bounds = [min === undefined ? '' : `>= ${min}`, max === undefined ? '' : `<= ${max}`];
    throw new codes.ERR_OUT_OF_RANGE(name, bounds.filter(Boolean).join(' && '), value);
  }
}

export function validateInteger(
  value: unknown,
  name: string,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value !== 'number') throw new codes.ERR_INVALID_ARG_TYPE(name, 'number', value);
  if (!Number.isInteger(value)) throw new codes.ERR_OUT_OF_RANGE(name, 'an integer', value);
  if (value < min || value > max) throw new codes.ERR_OUT_OF_RANGE(name, `>= ${min} && <= ${max}`, value);
}

export function validateInt32(value: unknown, name: string, min = -2147483648, max = 2147483647): void {
  validateInteger(value, name, min, max);
}

export function validateUint32(value: unknown, name: string, isPositive = false): void {
  validateInteger(value, name, isPositive ? 1 : 0, 4294967295);
}

export function validatePort(port: unknown, name = 'Port', allowZero = true): number {
  const isValid =
    (typeof port === 'number' || (typeof port === 'string' && port.trim().length > 0)) &&
    +port === +port >>> 0 &&
    +port <= 0xffff &&
    (+port !== 0 || allowZero);
  if (!isValid) throw new codes.ERR_SOCKET_BAD_PORT(name, port, allowZero);
  return Number(port);
}

export function validateAbortSignal(signal: unknown, name: string): void {
  if (signal !== undefined && (signal === null || typeof signal !== 'object' || !('aborted' in signal))) {
    throw new codes.ERR_INVALID_ARG_TYPE(name, 'AbortSignal', signal);
  }
}

export function validateOneOf(value: unknown, name: string, oneOf: readonly unknown[]): void {
  if (oneOf.includes(value)) return;
  const allowed = oneOf.map((one) => (typeof one === 'string' ? `'${one}'` : String(one))).join(', ');
  throw new codes.ERR_INVALID_ARG_VALUE(name, value, `must be one of: ${allowed}`);
}
