/**
 * Dates and times. A timestamp is whole µs since 2000-01-01 UTC in a number (exact for 285 years around), a date whole
 * days since then, a time µs of the day. The zone of every session is UTC; other zones are taken as fixed offsets only.
 */
import { invalidInput, PgError, unsupported } from '../errors.ts';

export const DAY_US = 86_400_000_000;
/** 2000-01-01 in ms since the Unix epoch. */
export const EPOCH_MS = 946_684_800_000;

export class Interval {
  readonly months: number;
  readonly days: number;
  readonly us: number;
  constructor(months: number, days: number, us: number) {
    this.months = months;
    this.days = days;
    this.us = us;
  }
}

/** Days since 2000-01-01 of a civil date; month may overflow. */
export function daysOf(year: number, month: number, day: number): number {
  const y = year + Math.floor((month - 1) / 12);
  const m = ((((month - 1) % 12) + 12) % 12) + 1;
  const a = m <= 2 ? y - 1 : y;
  const era = Math.floor(a / 400);
  const yoe = a - era * 400;
  const doy = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 730425;
}

export interface Civil {
  year: number;
  month: number;
  day: number;
}

export function civilOf(days: number): Civil {
  const z = days + 730425;
  const era = Math.floor(z / 146097);
  const doe = z - era * 146097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp + (mp < 10 ? 3 : -9);
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
export const daysIn = (year: number, month: number) =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

interface ParsedTime {
  days: number | null;
  us: number | null;
  /** Minutes east of UTC; null when no zone is named. */
  zone: number | null;
}

/** `nowUs` is for 'now', 'today' and the like. */
function parseDateTime(type: string, text: string, nowUs: number): ParsedTime | number {
  const bad = () => invalidInput(type, text, '22007');
  const t = text.trim().toLowerCase();
  switch (t) {
    case 'infinity':
      return Number.POSITIVE_INFINITY;
    case '-infinity':
      return Number.NEGATIVE_INFINITY;
    case 'epoch':
      return -EPOCH_MS * 1000;
    case 'now':
      return nowUs;
    case 'today':
      return Math.floor(nowUs / DAY_US) * DAY_US;
    case 'tomorrow':
      return (Math.floor(nowUs / DAY_US) + 1) * DAY_US;
    case 'yesterday':
      return (Math.floor(nowUs / DAY_US) - 1) * DAY_US;
    default:
      break;
  }
  let rest = t;
  let days: number | null = null;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest);
    if (match) rest = rest.slice(match[0].length);
    return match;
  };
  const date = (year: number, month: number, day: number): number => {
    if (month < 1 || month > 12 || day < 1 || day > 31)
      throw new PgError('22008', `date/time field value out of range: "${text}"`, {
        hint: 'Perhaps you need a different "datestyle" setting.',
      });
    if (day > daysIn(year, month)) throw new PgError('22008', `date/time field value out of range: "${text}"`);
    return daysOf(year, month, day);
  };
  let m: RegExpExecArray | null;
  if ((m = take(/^(\d{4,6})-(\d{1,2})-(\d{1,2})/))) days = date(+m[1]!, +m[2]!, +m[3]!);
  else if ((m = take(/^(\d{4})(\d{2})(\d{2})(?!\d|:)/))) days = date(+m[1]!, +m[2]!, +m[3]!);
  else if ((m = take(/^(\d{1,2})\/(\d{1,2})\/(\d{4})/))) days = date(+m[3]!, +m[1]!, +m[2]!);
  else if ((m = take(/^([a-z]{3})[a-z]* (\d{1,2}),? (\d{4})/)) && MONTHS.includes(m[1]!))
    days = date(+m[3]!, MONTHS.indexOf(m[1]!) + 1, +m[2]!);
  else if ((m = take(/^(\d{1,2})[ -]([a-z]{3})[a-z]*[ -](\d{4})/)) && MONTHS.includes(m[2]!))
    days = date(+m[3]!, MONTHS.indexOf(m[2]!) + 1, +m[1]!);
  if (days !== null) take(/^(?:t|\s+)(?=\d)/);
  let us: number | null = null;
  if ((m = take(/^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(am|pm)?/))) {
    let hour = +m[1]!;
    if (m[5]) hour = (hour % 12) + (m[5] === 'pm' ? 12 : 0);
    const second = +(m[3] ?? 0);
    if (hour > 24 || +m[2]! > 59 || second > 60)
      throw new PgError('22008', `date/time field value out of range: "${text}"`);
    us = ((hour * 60 + +m[2]!) * 60 + second) * 1_000_000 + fractionUs(m[4]);
    if (us > DAY_US) throw new PgError('22008', `date/time field value out of range: "${text}"`);
  }
  rest = rest.trim();
  let zone: number | null = null;
  if (rest !== '') {
    if ((m = take(/^([+-])(\d{1,2})(?::?(\d{2}))?(?::?\d{2})?$/)))
      zone = (m[1] === '-' ? -1 : 1) * (+m[2]! * 60 + +(m[3] ?? 0));
    else if (take(/^(?:z|utc|gmt|ut|zulu)$/)) zone = 0;
    else if (take(/^bc$/)) throw unsupported('a date before Christ');
    else if (/^[a-z]+\/[a-z_]+$/.test(rest)) throw unsupported('a time zone other than UTC and fixed offsets');
    else throw bad();
  }
  if (days === null && us === null) throw bad();
  return { days, us, zone };
}

const fractionUs = (digits: string | undefined) => (digits ? Math.round(Number(`0.${digits}`) * 1_000_000) : 0);

export function parseTimestamp(text: string, withZone: boolean, nowUs: number): number {
  const type = withZone ? 'timestamp with time zone' : 'timestamp';
  const t = parseDateTime(type, text, nowUs);
  if (typeof t === 'number') return t;
  if (t.days === null) throw invalidInput(type, text, '22007');
  return t.days * DAY_US + (t.us ?? 0) - (withZone ? (t.zone ?? 0) * 60_000_000 : 0);
}

export function parseDate(text: string, nowUs: number): number {
  const t = parseDateTime('date', text, nowUs);
  if (typeof t === 'number') return Number.isFinite(t) ? Math.floor(t / DAY_US) : t;
  if (t.days === null) throw invalidInput('date', text, '22007');
  return t.days;
}

export function parseTime(text: string, nowUs: number, type = 'time'): number {
  const t = parseDateTime(type, text, nowUs);
  if (typeof t === 'number') return ((t % DAY_US) + DAY_US) % DAY_US;
  if (t.us === null) throw invalidInput(type, text, '22007');
  return t.us;
}

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

export function dateText(days: number): string {
  if (!Number.isFinite(days)) return days > 0 ? 'infinity' : '-infinity';
  const { year, month, day } = civilOf(days);
  return year > 0 ? `${pad(year, 4)}-${pad(month)}-${pad(day)}` : `${pad(1 - year, 4)}-${pad(month)}-${pad(day)} BC`;
}

export function timeText(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  const fraction = us - seconds * 1_000_000;
  const text = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return fraction ? `${text}.${pad(fraction, 6).replace(/0+$/, '')}` : text;
}

export function timestampText(us: number, zone = '', separator = ' '): string {
  if (!Number.isFinite(us)) return us > 0 ? 'infinity' : '-infinity';
  const days = Math.floor(us / DAY_US);
  const date = dateText(days);
  const time = timeText(us - days * DAY_US) + zone;
  return date.endsWith(' BC') ? `${date.slice(0, -3)}${separator}${time} BC` : `${date}${separator}${time}`;
}

export const addInterval = (us: number, i: Interval, sign = 1): number => {
  if (!Number.isFinite(us)) return us;
  let days = Math.floor(us / DAY_US);
  const time = us - days * DAY_US;
  if (i.months) {
    const { year, month, day } = civilOf(days);
    const target = year * 12 + month - 1 + sign * i.months;
    const y = Math.floor(target / 12);
    const m = target - y * 12 + 1;
    days = daysOf(y, m, Math.min(day, daysIn(y, m)));
  }
  const result = (days + sign * i.days) * DAY_US + time + sign * i.us;
  if (Math.abs(result) > Number.MAX_SAFE_INTEGER) throw new PgError('22008', 'timestamp out of range');
  return result;
};

/** `timestamp - timestamp`: whole days and a time. */
export function difference(a: number, b: number): Interval {
  const us = a - b;
  const days = Math.trunc(us / DAY_US);
  return new Interval(0, days, us - days * DAY_US);
}

/** For comparisons: a month is 30 days. */
export const intervalUs = (i: Interval): number => (i.months * 30 + i.days) * DAY_US + i.us;

export function intervalText(i: Interval): string {
  const parts: string[] = [];
  const years = Math.trunc(i.months / 12);
  const months = i.months % 12;
  let isNegativeBefore = false;
  const part = (n: number, unit: string) => {
    if (!n) return;
    parts.push(`${isNegativeBefore && n > 0 ? '+' : ''}${n} ${unit}${n === 1 ? '' : 's'}`);
    isNegativeBefore = n < 0;
  };
  part(years, 'year');
  part(months, 'mon');
  part(i.days, 'day');
  if (i.us || parts.length === 0) {
    const time = timeText(Math.abs(i.us));
    parts.push(`${i.us < 0 ? '-' : isNegativeBefore ? '+' : ''}${time}`);
  }
  return parts.join(' ');
}

const UNITS: Readonly<Record<string, [months: number, days: number, us: number]>> = {
  us: [0, 0, 1],
  ms: [0, 0, 1000],
  second: [0, 0, 1e6],
  minute: [0, 0, 6e7],
  hour: [0, 0, 3.6e9],
  day: [0, 1, 0],
  week: [0, 7, 0],
  month: [1, 0, 0],
  year: [12, 0, 0],
  decade: [120, 0, 0],
  century: [1200, 0, 0],
};

const UNIT_NAMES: Readonly<Record<string, string>> = {
  ...{ microsecond: 'us', microseconds: 'us', us: 'us', usec: 'us', usecs: 'us' },
  ...{ millisecond: 'ms', milliseconds: 'ms', ms: 'ms', msec: 'ms', msecs: 'ms' },
  ...{ second: 'second', seconds: 'second', sec: 'second', secs: 'second', s: 'second' },
  ...{ minute: 'minute', minutes: 'minute', min: 'minute', mins: 'minute', m: 'minute' },
  ...{ hour: 'hour', hours: 'hour', hr: 'hour', hrs: 'hour', h: 'hour' },
  ...{ day: 'day', days: 'day', d: 'day', week: 'week', weeks: 'week', w: 'week' },
  ...{ month: 'month', months: 'month', mon: 'month', mons: 'month' },
  ...{ year: 'year', years: 'year', yr: 'year', yrs: 'year', y: 'year' },
  ...{ decade: 'decade', decades: 'decade', century: 'century', centuries: 'century' },
};

export function parseInterval(text: string): Interval {
  const bad = () => invalidInput('interval', text, '22007');
  let rest = text.trim().toLowerCase();
  let months = 0;
  let days = 0;
  let us = 0;
  let isEmpty = true;
  const add = (value: number, unit: string) => {
    const [m, d, u] = UNITS[unit]!;
    const whole = Math.trunc(value);
    const part = value - whole;
    isEmpty = false;
    if (m) {
      months += Math.trunc(value * m);
      const left = value * m - Math.trunc(value * m);
      days += Math.trunc(left * 30);
      us += Math.round((left * 30 - Math.trunc(left * 30)) * DAY_US);
    } else if (d) {
      const all = value * d;
      days += Math.trunc(all);
      us += Math.round((all - Math.trunc(all)) * DAY_US);
    } else us += whole * u + Math.round(part * u);
  };
  if (/^[+-]?p/.test(rest)) {
    let inTime = false;
    for (const [, t, number, unit] of rest.slice(1).matchAll(/(t)|([+-]?\d+(?:\.\d+)?)([ymwdhs])/g)) {
      if (t) inTime = true;
      else
        add(
          Number(number),
          { y: 'year', m: inTime ? 'minute' : 'month', w: 'week', d: 'day', h: 'hour', s: 'second' }[unit!]!,
        );
    }
    if (isEmpty) throw bad();
    return new Interval(months, days, us);
  }
  let sign = 1;
  if (rest.endsWith(' ago')) {
    sign = -1;
    rest = rest.slice(0, -4);
  }
  rest = rest.replace(/^@\s*/, '');
  while (rest !== '') {
    let m = /^([+-])?(\d+):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*/.exec(rest);
    if (m) {
      const value = ((+m[2]! * 60 + +m[3]!) * 60 + +(m[4] ?? 0)) * 1e6 + fractionUs(m[5]);
      us += m[1] === '-' ? -value : value;
      isEmpty = false;
    } else {
      m = /^([+-]?\s*\d*\.?\d+)\s*([a-z]+)?\s*/.exec(rest);
      if (!m) throw bad();
      const unit = m[2] === undefined ? 'second' : UNIT_NAMES[m[2]];
      if (!unit) throw bad();
      add(Number(m[1]!.replace(/\s/g, '')), unit);
    }
    rest = rest.slice(m[0].length);
  }
  if (isEmpty) throw bad();
  return new Interval(sign * months, sign * days, sign * us);
}

/** Minutes east of UTC of a zone's name; the lab knows UTC and offsets. */
export function zoneMinutes(zone: string): number {
  const t = zone.trim().toLowerCase();
  if (['utc', 'gmt', 'z', 'etc/utc', 'uct', 'zulu', 'etc/gmt'].includes(t)) return 0;
  const m = /^([+-])?(\d{1,2})(?::?(\d{2}))?$/.exec(t);
  // A bare offset means hours west, as POSIX has it, when given as a name; PostgreSQL follows it.
  if (m) return (m[1] === '-' ? 1 : -1) * (+m[2]! * 60 + +(m[3] ?? 0));
  if (/^[a-z]+(?:\/[a-z_]+)*$/.test(t))
    throw unsupported(`the time zone "${zone}"; it knows UTC and fixed offsets, and`);
  throw new PgError('22023', `time zone "${zone}" not recognized`);
}
