/** Functions of dates and times; now() is the start of the transaction. */
import { PgError, unsupported } from '../errors.ts';
import { civilOf, DAY_US, daysIn, daysOf, EPOCH_MS, Interval, intervalUs, zoneMinutes } from '../types/datetime.ts';
import { Numeric } from '../types/numeric.ts';
import { def } from './registry.ts';
import { toChar } from './to-char.ts';

export function dateFunctions(): void {
  for (const name of ['now', 'transaction_timestamp', 'current_timestamp'])
    def(`${name}() timestamptz`, (_, x) => x.session.nowUs);
  def('statement_timestamp() timestamptz', (_, x) => x.session.statementUs);
  def('clock_timestamp() timestamptz', (_, x) => x.session.clockUs(x), { volatile: true });
  def('timeofday() text', (_, x) => String(x.session.clockUs(x)), { volatile: true });
  def('current_date() date', (_, x) => Math.floor(x.session.nowUs / DAY_US));
  def('current_time() time', (_, x) => x.session.nowUs - Math.floor(x.session.nowUs / DAY_US) * DAY_US);
  def('localtime() time', (_, x) => x.session.nowUs - Math.floor(x.session.nowUs / DAY_US) * DAY_US);
  def('localtimestamp() timestamp', (_, x) => x.session.nowUs);
  for (const type of ['timestamptz', 'timestamp', 'date']) {
    const us = type === 'date' ? (v: number) => v * DAY_US : (v: number) => v;
    def(`extract(text, ${type}) numeric`, ([field, v]) => fieldOf(field, us(v), type));
    def(`date_part(text, ${type}) float8`, ([field, v]) => fieldOf(field, us(v), type)?.number() ?? null);
  }
  for (const type of ['interval', 'time'])
    for (const [name, result] of [
      ['extract', 'numeric'],
      ['date_part', 'float8'],
    ])
      def(`${name}(text, ${type}) ${result}`, ([field, v]) => {
        const n = fieldOfInterval(field, type === 'time' ? new Interval(0, 0, v) : v);
        return name === 'extract' ? n : n.number();
      });
  for (const type of ['timestamptz', 'timestamp'])
    def(`date_trunc(text, ${type}) ${type}`, ([unit, v]) => truncate(unit, v));
  def('date_trunc(text, timestamptz, text) timestamptz', ([unit, v, zone]) => {
    const shift = zoneMinutes(zone) * 60_000_000;
    return truncate(unit, v + shift) - shift;
  });
  def('date_trunc(text, interval) interval', ([unit, v]) => truncateInterval(unit, v));
  def('date_bin(interval, timestamptz, timestamptz) timestamptz', ([step, v, origin]) => bin(step, v, origin));
  def('date_bin(interval, timestamp, timestamp) timestamp', ([step, v, origin]) => bin(step, v, origin));
  def('timezone(text, timestamptz) timestamp', ([zone, v]) => v + zoneMinutes(zone) * 60_000_000);
  def('timezone(text, timestamp) timestamptz', ([zone, v]) => v - zoneMinutes(zone) * 60_000_000);
  def('to_timestamp(float8) timestamptz', ([v]) => Math.round(v * 1e6) - EPOCH_MS * 1000);
  def('to_timestamp(text, text) timestamptz', ([s, format]) => fromFormat(s, format));
  def('to_date(text, text) date', ([s, format]) => Math.floor(fromFormat(s, format) / DAY_US));
  def('make_date(int4, int4, int4) date', ([y, m, d]) => {
    if (m < 1 || m > 12 || d < 1 || d > daysIn(y, m))
      throw new PgError(
        '22008',
        `date field value out of range: ${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`,
      );
    return daysOf(y, m, d);
  });
  for (const [name, type] of [
    ['make_timestamp', 'timestamp'],
    ['make_timestamptz', 'timestamptz'],
  ])
    def(
      `${name}(int4, int4, int4, int4, int4, float8) ${type}`,
      ([y, mo, d, h, mi, s]) => daysOf(y, mo, d) * DAY_US + (h * 60 + mi) * 6e7 + Math.round(s * 1e6),
    );
  def(
    'make_interval(int4, int4, int4, int4, int4, int4, float8) interval',
    ([y, mo, w, d, h, mi, s]) => new Interval(y * 12 + mo, w * 7 + d, (h * 60 + mi) * 6e7 + Math.round(s * 1e6)),
  );
  for (const type of ['timestamptz', 'timestamp']) {
    def(`age(${type}, ${type}) interval`, ([a, b]) => age(a, b));
    def(`age(${type}) interval`, ([a], x) => age(Math.floor(x.session.nowUs / DAY_US) * DAY_US, a));
    def(`to_char(${type}, text) text`, ([v, format]) => toChar(v, format));
  }
  def('to_char(interval, text) text', ([v, format]) => toChar(intervalUs(v), format));
  def('justify_days(interval) interval', ([v]) => new Interval(v.months + Math.trunc(v.days / 30), v.days % 30, v.us));
  def(
    'justify_hours(interval) interval',
    ([v]) => new Interval(v.months, v.days + Math.trunc(v.us / DAY_US), v.us % DAY_US),
  );
  def('justify_interval(interval) interval', ([v]) => {
    const days = v.days + Math.trunc(v.us / DAY_US);
    return new Interval(v.months + Math.trunc(days / 30), days % 30, v.us % DAY_US);
  });
  def('isfinite(timestamptz) bool', ([v]) => Number.isFinite(v));
  def('isfinite(date) bool', ([v]) => Number.isFinite(v));
}

function bin(step: Interval, v: number, origin: number): number {
  if (step.months) throw new PgError('0A000', 'timestamps cannot be binned into intervals containing months or years');
  const us = intervalUs(step);
  if (us <= 0) throw new PgError('22008', 'stride must be greater than zero');
  return origin + Math.floor((v - origin) / us) * us;
}

const whole = (n: number) => Numeric.ofInt(n);

const micro = (us: number) => new Numeric(BigInt(us), 6);

/** ISO week and its year. */
function isoWeek(days: number): [year: number, week: number] {
  // 2000-01-01 was a Saturday.
  const weekday = (((days + 5) % 7) + 7) % 7;
  const thursday = days - weekday + 3;
  const { year } = civilOf(thursday);
  return [year, Math.floor((thursday - daysOf(year, 1, 1)) / 7) + 1];
}

function fieldOf(field: string, us: number, type: string): Numeric | null {
  const days = Math.floor(us / DAY_US);
  const time = us - days * DAY_US;
  const { year, month, day } = civilOf(days);
  switch (field.toLowerCase()) {
    case 'epoch':
      return type === 'date' ? whole(days * 86400 + EPOCH_MS / 1000) : micro(us + EPOCH_MS * 1000);
    case 'year':
      return whole(year > 0 ? year : year - 1);
    case 'month':
      return whole(month);
    case 'day':
      return whole(day);
    case 'dow':
      return whole((((days + 6) % 7) + 7) % 7);
    case 'isodow':
      return whole(((((days + 5) % 7) + 7) % 7) + 1);
    case 'doy':
      return whole(days - daysOf(year, 1, 1) + 1);
    case 'week':
      return whole(isoWeek(days)[1]);
    case 'isoyear':
      return whole(isoWeek(days)[0]);
    case 'quarter':
      return whole(Math.floor((month - 1) / 3) + 1);
    case 'decade':
      return whole(Math.floor(year / 10));
    case 'century':
      return whole(Math.ceil(year / 100));
    case 'millennium':
      return whole(Math.ceil(year / 1000));
    case 'julian':
      return whole(days + 2451545);
    case 'timezone':
    case 'timezone_hour':
    case 'timezone_minute':
      return whole(0);
    default:
      if (type === 'date') throw new PgError('0A000', `unit "${field}" not supported for type date`);
      return timeField(
        field,
        time,
        `type ${type === 'timestamptz' ? 'timestamp with time zone' : 'timestamp without time zone'}`,
      );
  }
}

function timeField(field: string, us: number, type: string): Numeric {
  const sign = us < 0 ? -1 : 1;
  const abs = Math.abs(us);
  switch (field.toLowerCase()) {
    case 'hour':
      return whole(sign * Math.floor(abs / 3.6e9));
    case 'minute':
      return whole(sign * (Math.floor(abs / 6e7) % 60));
    case 'second':
    case 'seconds':
      return micro(sign * (abs % 6e7));
    case 'milliseconds':
      return new Numeric(BigInt(sign * (abs % 6e7)), 3);
    case 'microseconds':
      return whole(sign * (abs % 6e7));
    default:
      throw new PgError('22023', `unit "${field}" not recognized for ${type}`);
  }
}

function fieldOfInterval(field: string, i: Interval): Numeric {
  switch (field.toLowerCase()) {
    case 'epoch':
      // A year counts 365.25 days here, a month 30.
      return micro(Math.trunc(i.months / 12) * 31_557_600e6 + (i.months % 12) * 30 * DAY_US + i.days * DAY_US + i.us);
    case 'year':
      return whole(Math.trunc(i.months / 12));
    case 'month':
      return whole(i.months % 12);
    case 'day':
      return whole(i.days);
    case 'quarter':
      return whole(Math.trunc((i.months % 12) / 3) + 1);
    default:
      return timeField(field, i.us, 'type interval');
  }
}

function truncate(unit: string, us: number): number {
  if (!Number.isFinite(us)) return us;
  const days = Math.floor(us / DAY_US);
  const { year, month } = civilOf(days);
  const cut = (step: number) => Math.floor(us / step) * step;
  switch (unit.toLowerCase()) {
    case 'microseconds':
      return us;
    case 'milliseconds':
      return cut(1000);
    case 'second':
      return cut(1e6);
    case 'minute':
      return cut(6e7);
    case 'hour':
      return cut(3.6e9);
    case 'day':
      return days * DAY_US;
    case 'week':
      return (days - ((((days + 5) % 7) + 7) % 7)) * DAY_US;
    case 'month':
      return daysOf(year, month, 1) * DAY_US;
    case 'quarter':
      return daysOf(year, Math.floor((month - 1) / 3) * 3 + 1, 1) * DAY_US;
    case 'year':
      return daysOf(year, 1, 1) * DAY_US;
    case 'decade':
      return daysOf(Math.floor(year / 10) * 10, 1, 1) * DAY_US;
    case 'century':
      return daysOf(Math.floor((year - 1) / 100) * 100 + 1, 1, 1) * DAY_US;
    default:
      throw new PgError('22023', `unit "${unit}" not recognized for type timestamp with time zone`);
  }
}

function truncateInterval(unit: string, i: Interval): Interval {
  const cut = (step: number) => new Interval(i.months, i.days, Math.trunc(i.us / step) * step);
  switch (unit.toLowerCase()) {
    case 'second':
      return cut(1e6);
    case 'minute':
      return cut(6e7);
    case 'hour':
      return cut(3.6e9);
    case 'day':
      return new Interval(i.months, i.days, 0);
    case 'month':
      return new Interval(i.months, 0, 0);
    case 'year':
      return new Interval(Math.trunc(i.months / 12) * 12, 0, 0);
    default:
      throw unsupported(`date_trunc of an interval to "${unit}"`);
  }
}

/** In years, months and days, as people count. */
function age(a: number, b: number): Interval {
  const fields = (us: number) => {
    const days = Math.floor(us / DAY_US);
    return { ...civilOf(days), time: us - days * DAY_US };
  };
  const [p, q] = [fields(a), fields(b)];
  const sign = a < b ? -1 : 1;
  // Field by field, then what is negative is borrowed from the next larger one.
  let time = sign * (p.time - q.time);
  let days = sign * (p.day - q.day);
  let months = sign * ((p.year - q.year) * 12 + p.month - q.month);
  if (time < 0) {
    time += DAY_US;
    days--;
  }
  while (days < 0) {
    const of = a < b ? p : q;
    days += daysIn(of.year, of.month);
    months--;
  }
  return new Interval(sign * months, sign * days, sign * time);
}

function fromFormat(s: string, format: string): number {
  const value: Record<string, number> = {};
  let rest = s;
  for (const token of format.match(/YYYY|MM|DD|HH24|MI|SS|MS|US|[^A-Za-z]+|./g) ?? []) {
    if (/^(YYYY|MM|DD|HH24|MI|SS|MS|US)$/.test(token)) {
      const m = new RegExp(`^\\s*(\\d{1,${token === 'YYYY' ? 4 : token === 'US' ? 6 : token === 'MS' ? 3 : 2}})`).exec(
        rest,
      );
      if (!m) throw new PgError('22007', `invalid value "${rest.slice(0, token.length)}" for "${token}"`);
      value[token] = Number(m[1]);
      rest = rest.slice(m[0].length);
    } else rest = rest.slice(Math.min(rest.length, token.length));
  }
  const days = daysOf(value.YYYY ?? 1, value.MM ?? 1, value.DD ?? 1);
  const seconds = ((value.HH24 ?? 0) * 60 + (value.MI ?? 0)) * 60 + (value.SS ?? 0);
  return days * DAY_US + seconds * 1e6 + (value.MS ?? 0) * 1000 + (value.US ?? 0);
}
