/**
 * Date over the kernel's wall clock, in UTC and en-US: the host's Date with every way to "now", the local time zone or
 * the locale replaced.
 */
const HostDate = __host.Date;

/** Dates without a zone mean local time, which is UTC here; the host would read them in its own zone. */
function parse(text: string): number {
  const withoutZone = /^\s*[+-]?\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*$/.test(text);
  if (withoutZone) return HostDate.parse(`${text.trim().replace(' ', 'T')}Z`);
  const isIso = /^[+-]?\d{4,6}(-\d\d(-\d\d)?)?(T.*)?$/.test(text);
  const namesZone = /(Z|UTC|GMT|[ECMP][SD]T|[+-]\d\d:?\d\d)\s*(\(.*\))?\s*$/i.test(text);
  return HostDate.parse(isIso || namesZone ? text : `${text} UTC`);
}

function valueOf(args: any[]): number {
  if (args.length === 0) return LabDate.now();
  if (args.length === 1) {
    const [first] = args;
    if (first instanceof HostDate) return first.getTime();
    const value = typeof first === 'object' && first !== null ? toPrimitive(first) : first;
    return typeof value === 'string' ? parse(value) : Number(value);
  }
  return HostDate.UTC(...(args as [number, number]));
}

function toPrimitive(value: any): unknown {
  const exotic = value[Symbol.toPrimitive];
  if (typeof exotic === 'function') return exotic.call(value, 'default');
  const plain = value.valueOf();
  return typeof plain === 'object' ? value.toString() : plain;
}

export const LabDate: any = function Date(...args: any[]): any {
  // Called as a function it gives a text of now, whatever the arguments.
  if (new.target === undefined) return new LabDate().toString();
  return Reflect.construct(HostDate, [valueOf(args)], new.target);
};

LabDate.now = () => Math.floor(__kernel.wallMs());
LabDate.parse = (text: unknown) => parse(String(text));
LabDate.UTC = HostDate.UTC;
LabDate.prototype = Object.create(HostDate.prototype, {
  constructor: { value: LabDate, writable: true, configurable: true },
});
Object.defineProperty(LabDate, 'length', { value: 7 });
Object.defineProperty(LabDate, 'prototype', { writable: false });
// A date that the host made (structuredClone) is a Date all the same.
Object.defineProperty(LabDate, Symbol.hasInstance, {
  value(this: any, value: unknown) {
    if (this === LabDate) return value instanceof HostDate;
    return Function.prototype[Symbol.hasInstance].call(this, value);
  },
});

const proto: any = LabDate.prototype;
const host: any = HostDate.prototype;
const define = (name: string | symbol, value: any) =>
  Object.defineProperty(proto, name, { value, writable: true, configurable: true, enumerable: false });

for (const field of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
  define(`get${field}`, host[`getUTC${field}`]);
  if (field !== 'Day') define(`set${field}`, host[`setUTC${field}`]);
}
define('getTimezoneOffset', function (this: any) {
  return Number.isNaN(host.getTime.call(this)) ? Number.NaN : 0;
});
define('getYear', function (this: any) {
  return host.getUTCFullYear.call(this) - 1900;
});

const pad = (value: number) => String(value).padStart(2, '0');
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dateText = (date: any) => {
  const year = host.getUTCFullYear.call(date);
  const yearText = year < 0 ? `-${String(-year).padStart(6, '0')}` : String(year).padStart(4, '0');
  const day = pad(host.getUTCDate.call(date));
  return `${DAYS[host.getUTCDay.call(date)]} ${MONTHS[host.getUTCMonth.call(date)]} ${day} ${yearText}`;
};
const timeText = (date: any) =>
  `${[host.getUTCHours.call(date), host.getUTCMinutes.call(date), host.getUTCSeconds.call(date)].map(pad).join(':')} ` +
  'GMT+0000 (Coordinated Universal Time)';
const text = (name: string, format: (date: any) => string) =>
  define(name, function (this: any) {
    return Number.isNaN(host.getTime.call(this)) ? 'Invalid Date' : format(this);
  });
text('toString', (date) => `${dateText(date)} ${timeText(date)}`);
text('toDateString', dateText);
text('toTimeString', timeText);
define(Symbol.toPrimitive, function (this: any, hint: string) {
  return hint === 'number' ? this.valueOf() : this.toString();
});
for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString']) {
  define(name, function (this: any, locales: any = 'en-US', options: any = undefined) {
    return host[name].call(this, locales, { timeZone: 'UTC', ...options });
  });
}
