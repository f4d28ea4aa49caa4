/** Intl with en-US and UTC where the host would take its own locale, time zone or time. */
const host: any = __host.Intl;

export const LabIntl: any = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(host));

class LabDateTimeFormat extends host.DateTimeFormat {
  constructor(locales?: unknown, options?: any) {
    super(locales ?? 'en-US', { ...options, timeZone: options?.timeZone ?? 'UTC' });
  }
  get format(): (date?: any) => string {
    const format = super.format;
    return (date = Date.now()) => format(date);
  }
  formatToParts(date: any = Date.now()): unknown {
    return super.formatToParts(date);
  }
}
Object.defineProperty(LabDateTimeFormat, 'name', { value: 'DateTimeFormat' });

LabIntl.DateTimeFormat = callable(LabDateTimeFormat);
for (const name of ['Collator', 'NumberFormat', 'PluralRules', 'RelativeTimeFormat', 'ListFormat', 'Segmenter']) {
  const Base = host[name];
  if (Base === undefined) continue;
  const Localized = class extends Base {
    constructor(locales?: unknown, options?: unknown) {
      super(locales ?? 'en-US', options);
    }
  };
  Object.defineProperty(Localized, 'name', { value: name });
  LabIntl[name] = callable(Localized);
}

/** `Intl.NumberFormat()` works without `new`. */
function callable(Class: any): any {
  return new Proxy(Class, { apply: (target, _self, args) => new target(...args) });
}
