/** to_char of times and numbers, with the patterns that are in use. */
import { unsupported } from '../errors.ts';
import { civilOf, DAY_US, daysOf } from '../types/datetime.ts';
import { Numeric } from '../types/numeric.ts';
import { def } from './registry.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const TOKENS =
  /FM|"[^"]*"|YYYY|YY|MONTH|Month|month|MON|Mon|mon|MM|DAY|Day|day|DY|Dy|dy|DDD|DD|D|HH24|HH12|HH|MI|SS|MS|US|AM|PM|am|pm|TZ|tz|OF|Q|IYYY|IW|WW|J|./gs;

export function toChar(us: number, format: string): string {
  const days = Math.floor(us / DAY_US);
  const time = us - days * DAY_US;
  const { year, month, day } = civilOf(days);
  const hour = Math.floor(time / 3.6e9);
  const weekday = (((days + 6) % 7) + 7) % 7;
  let isPlain = false;
  const pad = (n: number, width = 2) => (isPlain ? String(n) : String(n).padStart(width, '0'));
  const name = (text: string, width: number) => (isPlain ? text : text.padEnd(width));
  const cased = (token: string, text: string) =>
    token === token.toUpperCase() ? text.toUpperCase() : token === token.toLowerCase() ? text.toLowerCase() : text;
  let out = '';
  for (const token of format.match(TOKENS) ?? []) {
    if (token === 'FM') {
      isPlain = true;
      continue;
    }
    out += (() => {
      switch (token) {
        case 'YYYY':
          return pad(year, 4);
        case 'YY':
          return pad(year % 100);
        case 'MM':
          return pad(month);
        case 'MONTH':
        case 'Month':
        case 'month':
          return name(cased(token, MONTHS[month - 1]!), 9);
        case 'MON':
        case 'Mon':
        case 'mon':
          return cased(token, MONTHS[month - 1]!.slice(0, 3));
        case 'DAY':
        case 'Day':
        case 'day':
          return name(cased(token, DAYS[weekday]!), 9);
        case 'DY':
        case 'Dy':
        case 'dy':
          return cased(token, DAYS[weekday]!.slice(0, 3));
        case 'DDD':
          return pad(days - daysOf(year, 1, 1) + 1, 3);
        case 'DD':
          return pad(day);
        case 'D':
          return String(weekday + 1);
        case 'HH24':
          return pad(hour);
        case 'HH12':
        case 'HH':
          return pad(hour % 12 === 0 ? 12 : hour % 12);
        case 'MI':
          return pad(Math.floor(time / 6e7) % 60);
        case 'SS':
          return pad(Math.floor(time / 1e6) % 60);
        case 'MS':
          return pad(Math.floor(time / 1000) % 1000, 3);
        case 'US':
          return pad(time % 1e6, 6);
        case 'AM':
        case 'PM':
          return hour < 12 ? 'AM' : 'PM';
        case 'am':
        case 'pm':
          return hour < 12 ? 'am' : 'pm';
        case 'TZ':
          return 'UTC';
        case 'tz':
          return 'utc';
        case 'OF':
          return '+00';
        case 'Q':
          return String(Math.floor((month - 1) / 3) + 1);
        case 'IYYY':
        case 'IW':
        case 'WW':
        case 'J':
          throw unsupported(`to_char with ${token}`);
        default:
          return token.startsWith('"') ? token.slice(1, -1) : token;
      }
    })();
    isPlain = false;
  }
  return out;
}

export function numberFormats(): void {
  def('to_char(numeric, text) text', ([v, format]) => numberText(v, format));
  def('to_char(int8, text) text', ([v, format]) => numberText(Numeric.ofInt(v), format));
  def('to_char(float8, text) text', ([v, format]) => numberText(Numeric.ofFloat(v), format));
}

function numberText(v: Numeric, format: string): string {
  const isFill = format.startsWith('FM');
  const f = isFill ? format.slice(2) : format;
  if (/[^09.,GDS$ -]/.test(f)) throw unsupported(`to_char of a number with "${format}"`);
  const [whole = '', fraction = ''] = f.replace('D', '.').replace(/G/g, ',').replace('S', '').split('.');
  const decimals = (fraction.match(/[09]/g) ?? []).length;
  const rounded = v.round(decimals);
  const [digits = '0', decimalText = ''] = rounded.text().replace('-', '').split('.');
  const places = (whole.match(/[09]/g) ?? []).length;
  const isNegative = rounded.sign < 0;
  if (digits.length > places && digits !== '0') return `${isFill ? '' : ' '}${f.replace(/[09]/g, '#')}`;
  const firstZero = whole.replace(/,/g, '').indexOf('0');
  const least = firstZero < 0 ? (digits === '0' && decimals > 0 ? 0 : 1) : places - firstZero;
  const shown = (digits === '0' && least === 0 ? '' : digits).padStart(least, '0');
  let out = '';
  let i = shown.length;
  for (const c of [...whole].reverse()) {
    if (c === ',') out = (i > 0 ? ',' : isFill ? '' : ' ') + out;
    else if (/[09]/.test(c)) out = (i > 0 ? shown[--i]! : isFill ? '' : ' ') + out;
    else out = c + out;
  }
  let tail = decimals ? `.${decimalText.padEnd(decimals, '0')}` : '';
  if (isFill && decimals) {
    const keep = fraction.lastIndexOf('0') + 1;
    while (tail.length - 1 > keep && tail.endsWith('0')) tail = tail.slice(0, -1);
  }
  if (f.includes('S')) return `${isNegative ? '-' : '+'}${out.trimStart()}${tail}`;
  if (isFill) return `${isNegative ? '-' : ''}${out}${tail}`;
  const spaces = /^ */.exec(out)![0].length;
  return `${' '.repeat(spaces)}${isNegative ? '-' : ' '}${out.slice(spaces)}${tail}`;
}
