// packages: zod
import { z } from 'zod';

const Order = z
  .object({
    sku: z
      .string()
      .min(2)
      .max(10)
      .regex(/^[a-z-]+$/),
    count: z.coerce.number().int().positive().default(1),
    tags: z.array(z.enum(['a', 'b'])).optional(),
    at: z.iso.datetime().optional(),
    email: z.email().optional(),
    who: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('user'), id: z.uuid() }),
        z.object({ kind: z.literal('bot'), name: z.string() }),
      ])
      .optional(),
    meta: z.record(z.string(), z.unknown()).optional(),
  })
  .strict();
for (const input of [
  { sku: 'ab', count: '3' },
  { sku: 'A', count: -1 },
  { sku: 'abc', extra: 1 },
  { sku: 'abc', tags: ['c'] },
  { sku: 'abc', who: { kind: 'cat' } },
  { sku: 'abc', who: { kind: 'user', id: 'x' } },
  { sku: 'abc', at: 'yesterday', email: 'no' },
  null,
  5,
]) {
  const r = Order.safeParse(input);
  log('zod', r.success ? r.data : r.error.issues.map((i) => [i.code, i.path, i.message]));
}
await attempt('zod', () => z.string().parse(5));
log(
  'zod',
  z
    .string()
    .transform((s) => s.length)
    .pipe(z.number().min(2))
    .safeParse('a').success,
  await z
    .string()
    .refine(async (s) => {
      await sleep(1);
      return s === 'x';
    }, 'not x')
    .safeParseAsync('y')
    .then((r) => r.error.issues[0].message),
  z.union([z.string(), z.number()]).parse(5),
  z.preprocess((v) => Number(v), z.number()).parse('5'),
  z.bigint().parse(5n),
  z.date().parse(new Date(0)),
  z.map(z.string(), z.number()).parse(new Map([['a', 1]])).size,
  z.lazy(() => z.string()).parse('l'),
  z.string().brand('B').parse('b'),
  z.string().catch('c').parse(1),
);
log(
  'zod',
  z.toJSONSchema(z.object({ a: z.string().optional(), n: z.number().min(1) })),
  z.treeifyError(Order.safeParse({ sku: 1 }).error),
  z.prettifyError(Order.safeParse({}).error),
  z.flattenError(Order.safeParse({}).error),
);
class Foo {}
log(
  'zod',
  z.instanceof(Foo).safeParse({}).success,
  z.file ? 'file' : '',
  z.url().safeParse('http://x').success,
  z.ipv4().safeParse('1.2.3.4').success,
  z.stringbool().parse('yes'),
  z.templateLiteral(['id-', z.number()]).safeParse('id-5').success,
);
