import { expect, test } from 'vitest';
import { bundleBuiltins } from '../../../catalog/bundle.ts';
import { hardenIntrinsics } from '../../process/intrinsics.ts';
import { formatted, inspected, withOptions } from '../same-as-node/util.ts';
import { TestWorld } from '../test-kernel.ts';

test('what console.log shows is the same once the intrinsics are closed', async () => {
  const bundle = (await bundleBuiltins()).code;
  const bodies = [
    ...inspected.map((values) => `return [${values}].map((value) => require('util').inspect(value)).join('\\n');`),
    ...withOptions.map(
      ([values, options]) =>
        `return [${values}].map((value) => require('util').inspect(value, ${options})).join('\\n');`,
    ),
    ...formatted.map((values) => `return require('util').format(${values});`),
  ];
  const showAll = () => bodies.map((body) => new TestWorld().process().run(bundle, body));
  const open = showAll();
  hardenIntrinsics();
  expect(showAll()).toEqual(open);
});
