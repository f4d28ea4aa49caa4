/**
 * Date and time of day in UTC from milliseconds since the epoch, without the host's Date. The calendar is the proleptic
 * Gregorian one (Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
 */

export interface CivilTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const DAY_MS = 86_400_000;

/** Fractions of a millisecond are dropped. */
export function civilTime(wallMs: number): CivilTime {
  const whole = Math.floor(wallMs);
  const days = Math.floor(whole / DAY_MS);
  const inDay = whole - days * DAY_MS;
  // Years begin in March here, so that the leap day is their last; 400 of them are an era.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
    hour: Math.floor(inDay / 3_600_000),
    minute: Math.floor(inDay / 60_000) % 60,
    second: Math.floor(inDay / 1000) % 60,
    ms: inDay % 1000,
    weekday: (((days + 4) % 7) + 7) % 7,
  };
}

export const MONTHS: readonly string[] = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const WEEKDAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');

export const two = (value: number): string => String(value).padStart(2, '0');

/** `Mon, 23 Nov 2026 10:35:24 GMT`, as HTTP has it. */
export function httpDate(wallMs: number): string {
  const { year, month, day, hour, minute, second, weekday } = civilTime(wallMs);
  return `${WEEKDAYS[weekday]}, ${two(day)} ${MONTHS[month - 1]} ${year} ${two(hour)}:${two(minute)}:${two(second)} GMT`;
}
