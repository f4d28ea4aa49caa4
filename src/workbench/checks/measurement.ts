/** A measured value and its bound as text, with the bound's unit. */
import type { Measurement } from '../../lab/check/verdict.ts';
import { formatCount, formatMs } from '../session/format.ts';

export interface MeasurementWords {
  readonly yes: string;
  readonly no: string;
  readonly nothing: string;
}

export function valueText(value: Measurement['actual'], unit: Measurement['unit'], words: MeasurementWords): string {
  if (value === null) return words.nothing;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'string') return value;
  if (unit === 'ms') return formatMs(value);
  // Shares come as percent already: bounds are written as 1 %, not 0.01.
  if (unit === '%') return `${Number(value.toFixed(value < 10 ? 2 : 1))} %`;
  if (unit === '/s') return `${formatCount(value)}/s`;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

export function boundText(measurement: Measurement, words: MeasurementWords): string {
  const bound = valueText(measurement.bound, measurement.unit, words);
  return measurement.comparator === '=' ? bound : `${measurement.comparator} ${bound}`;
}

/**
 * How far the value lies towards its bound, 0 to 1 with the bound at 0.7 of the length; null when the two cannot be
 * compared as lengths.
 */
export function gauge({ actual, bound, comparator }: Measurement): { value: number; bound: number } | null {
  if (typeof actual !== 'number' || typeof bound !== 'number' || actual < 0 || bound <= 0) return null;
  if (!['<', '≤', '>', '≥', '=', '≈'].includes(comparator)) return null;
  const top = bound / 0.7;
  return { value: Math.min(1, actual / top), bound: 0.7 };
}
