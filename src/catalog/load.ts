/** The load that Run begins with, as exercise.yaml and sandbox.yaml write it. */
import type { Fields } from './fields.ts';
import type { ExerciseLoad } from './types.ts';

/**
 * `load: POST http://gateway:8080/orders 50/s Idempotency-Key:{n} {"cart":"{n}"}`: headers without blanks and a body
 * where there are any. `{n}` becomes the request's number, `{n%300}` goes round after 300.
 */
export function loadOf(fields: Fields): ExerciseLoad {
  const what = 'METHOD http://service:port/path RATE/s, then headers as Name:value and the body if there are any';
  const text = fields.text('load', what);
  const match = /^([A-Z]+) (http:\/\/\S+) (\d+)\/s((?: [\w-]+:\S+)*)(?: (.+))?$/s.exec(text);
  if (match === null) {
    if (text !== '')
      fields.report(fields.line('load'), what, `“${text}”`, 'Write GET http://gateway:8080/products 50/s.');
    return { method: 'GET', url: '', ratePerSecond: 0 };
  }
  const [, method = '', url = '', rate, headers = '', body] = match;
  const pairs = headers
    .split(' ')
    .filter(Boolean)
    .map((pair) => /^([\w-]+):(.*)$/s.exec(pair)!.slice(1) as [string, string]);
  return {
    method,
    url,
    ratePerSecond: Number(rate),
    ...(pairs.length === 0
      ? {}
      : { headers: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])) }),
    ...(body === undefined ? {} : { body }),
  };
}
