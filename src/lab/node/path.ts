/** node:path, POSIX only: a container is Linux. path-browserify is Node's code; its argument errors are of another age. */
import posix from 'path-browserify';
import { missing } from './errors.ts';
import { validateObject, validateString } from './validators.ts';

const path: any = { sep: '/', delimiter: ':' };

for (const name of ['normalize', 'isAbsolute', 'dirname', 'extname', 'parse']) {
  path[name] = (value: string) => {
    validateString(value, 'path');
    return posix[name](value);
  };
}
path.basename = (value: string, suffix?: string) => {
  if (suffix !== undefined) validateString(suffix, 'suffix');
  validateString(value, 'path');
  return posix.basename(value, suffix);
};
path.join = (...parts: string[]) => {
  for (const part of parts) validateString(part, 'path');
  return posix.join(...parts);
};
path.resolve = (...parts: string[]) => {
  parts.forEach((part, i) => {
    validateString(part, `paths[${i}]`);
  });
  return posix.resolve(...parts);
};
path.relative = (from: string, to: string) => {
  validateString(from, 'from');
  validateString(to, 'to');
  return posix.relative(from, to);
};
path.format = (parts: any) => {
  validateObject(parts, 'pathObject');
  const ext = parts.ext && !parts.ext.startsWith('.') ? `.${parts.ext}` : parts.ext;
  return posix.format({ ...parts, ext });
};
path.toNamespacedPath = (value: unknown) => value;
path.matchesGlob = () => missing('path.matchesGlob', 'Compare with a regular expression.');
path.posix = path;
path.win32 = new Proxy(
  {},
  { get: (_target, name) => () => missing(`path.win32.${String(name)}`, 'Containers are Linux: use path.posix.') },
);

export default path;
