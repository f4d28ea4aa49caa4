/** readable-stream's view of errors.ts; catalog/bundle.ts points its lib/ours/errors.js here. */
import { codes as table } from '../errors.ts';

export { AbortError, aggregateTwoErrors } from '../errors.ts';

/** Node 24 takes any view as a chunk and says so; readable-stream still has Node 18's words. */
class InvalidArgType extends table.ERR_INVALID_ARG_TYPE {
  constructor(name: string, expected: unknown, actual: unknown) {
    super(name, name === 'chunk' ? ['string', 'Buffer', 'TypedArray', 'DataView'] : expected, actual);
  }
}
Object.defineProperty(InvalidArgType, 'name', { value: 'TypeError' });

export const codes: any = { ...table, ERR_INVALID_ARG_TYPE: InvalidArgType };

export const hideStackFrames = (fn: unknown) => fn;
