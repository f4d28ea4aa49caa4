/** readable-stream's view of errors.ts; catalog/bundle.ts points its lib/ours/errors.js here. */
export { AbortError, aggregateTwoErrors, codes } from '../errors.ts';
export const hideStackFrames = (fn: unknown) => fn;
