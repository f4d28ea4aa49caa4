/** What runs on the first page: the shop at a steady load, and the one thing that can be done to it. */

import type { LiveFigureProps } from '../../../workbench/figure/props.ts';
import type { Language } from '../../../workbench/i18n/dictionary.ts';
import { t } from '../../i18n/index.ts';

export function heroFigure(lang: Language, base: string): LiveFigureProps {
  return {
    sandboxId: 'shop',
    lang,
    base,
    load: { url: 'http://gateway:8080/products', ratePerSecond: 40 },
    // Paused, not killed: a killed service is back in a second, a hung one takes its callers with it.
    controls: [
      { id: 'break', kind: 'toggle', label: t(lang).landing.break, fault: { kind: 'pause', service: 'inventory' } },
    ],
    readouts: [{ figure: 'rate' }, { figure: 'p99', bound: 500 }, { figure: 'errors', bound: 1 }],
    autoStart: 'visible',
    // Four rows of members at their full size.
    height: 432,
    chart: 'latency',
  };
}
