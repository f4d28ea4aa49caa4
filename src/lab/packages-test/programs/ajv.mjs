// packages: ajv
import Ajv from 'ajv';

const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, removeAdditional: true });
const validate = ajv.compile({
  type: 'object',
  required: ['sku'],
  additionalProperties: false,
  properties: {
    sku: { type: 'string', minLength: 2, pattern: '^[a-z]+$' },
    count: { type: 'integer', minimum: 1, default: 1 },
    tags: { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true },
    nested: { $ref: '#/$defs/n' },
  },
  $defs: { n: { type: 'object', properties: { x: { type: ['number', 'null'] } } } },
});
for (const input of [
  { sku: 'abc', count: '2', dropped: 1 },
  { sku: 'A', count: 0 },
  {},
  { sku: 'ab', tags: ['a', 'a'] },
  { sku: 'ab', nested: { x: 'y' } },
  'x',
]) {
  const ok = validate(input);
  log('ajv', ok, input, validate.errors ?? []);
}
log('ajv', ajv.errorsText(validate.errors));
ajv.addKeyword({ keyword: 'even', type: 'number', validate: (_s, d) => d % 2 === 0 });
ajv.addFormat('hex', /^[0-9a-f]+$/);
log('ajv', ajv.validate({ type: 'number', even: true }, 3), ajv.validate({ type: 'string', format: 'hex' }, 'ff'));
await attempt('ajv', () => ajv.compile({ type: 'nope' }));
const av = ajv.compile({ $async: true, type: 'number', minimum: 3 });
await attempt('ajv', () => av(1));
await attempt('ajv', () => av(5));
