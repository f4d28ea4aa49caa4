import fc from 'fast-check';
import { expect, test } from 'vitest';
import { civilTime, httpDate } from './civil-time.ts';

test('it is the date that Date has', () => {
  const wall = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2400, 0, 1) });
  fc.assert(
    fc.property(wall, (wallMs) => {
      const date = new Date(wallMs);
      expect(civilTime(wallMs)).toEqual({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
        ms: date.getUTCMilliseconds(),
        weekday: date.getUTCDay(),
      });
      expect(httpDate(wallMs)).toBe(date.toUTCString());
    }),
  );
});
