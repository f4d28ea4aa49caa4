/** Reading the arguments of commands; each throws the error that Redis replies. */
import { lower } from './bytes.ts';
import { INT64_MAX, parseDouble, parseInt64, parseInteger } from './numbers.ts';
import { fail, NOT_FLOAT, NOT_INTEGER } from './reply.ts';

/** A count or index; exact up to 2^53. */
export function int(text: string | undefined): number {
  const value = text === undefined ? null : parseInteger(text);
  if (value === null) throw NOT_INTEGER;
  return value;
}

export function int64(text: string): bigint {
  const value = parseInt64(text);
  if (value === null) throw NOT_INTEGER;
  return value;
}

/** As `getPositiveLongFromObject`. */
export const positive = (text: string): number =>
  range(text, 0, Number(INT64_MAX), 'value is out of range, must be positive');

/** As `getRangeLongFromObject`: both errors are the same. */
export function range(text: string, min: number, max: number, message: string): number {
  const value = parseInteger(text);
  if (value === null || value < min || value > max) throw fail(message);
  return value;
}

export function float(text: string, failure = NOT_FLOAT): number {
  const value = parseDouble(text);
  if (value === null) throw failure;
  return value;
}

/** Seconds that a blocking command waits, in ms; 0: for ever. */
export function timeoutMs(text: string): number {
  const seconds = parseDouble(text);
  if (seconds === null) throw fail('timeout is not a float or out of range');
  if (seconds < 0) throw fail('timeout is negative');
  if (seconds * 1_000 > Number(INT64_MAX)) throw fail('timeout is out of range');
  return Math.ceil(seconds * 1_000);
}

/** The argument as an option's name. */
export const option = (text: string | undefined): string => (text === undefined ? '' : lower(text));
