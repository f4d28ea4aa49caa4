/** POSIX paths as plain text; the lab has no path module of the host's. */

/** `to` seen from the absolute folder `from`, without `.`, `..` and double slashes. */
export function absolutePath(from: string, to: string): string {
  const parts = (to.startsWith('/') ? to : `${from}/${to}`).split('/');
  const out: string[] = [];
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part === '..') out.pop();
    else out.push(part);
  }
  return `/${out.join('/')}`;
}

/** A path inside the project, as `gateway/src`; null when it leads out of it. `''` is the project itself. */
export function projectPath(from: string, to: string): string | null {
  if (to.startsWith('/')) return null;
  const out: string[] = [];
  for (const part of `${from}/${to}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.pop() === undefined) return null;
  }
  return out.join('/');
}

/** `src/*.ts` and `**` as Docker's COPY and .dockerignore match them, against a whole relative path. */
export function globToRegExp(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === '*' && pattern[i + 1] === '*') {
      // `**/` may stand for no folder at all.
      source += pattern[i + 2] === '/' ? '(?:.*/)?' : '.*';
      i += pattern[i + 2] === '/' ? 2 : 1;
    } else if (c === '*') source += '[^/]*';
    else if (c === '?') source += '[^/]';
    else source += c.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  }
  return new RegExp(`^${source}$`);
}
