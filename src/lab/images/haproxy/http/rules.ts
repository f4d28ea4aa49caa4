/** Conditions and the rules of `http-request`. */
import type { Condition, Rule, UseBackend } from '../config/model.ts';
import type { LoadBalancer } from '../proxy.ts';
import { errorPage, type Head, headerOf, reasonOf, writeHead } from './message.ts';

export interface Request {
  readonly head: Head;
  readonly source: string;
  headers: Head['headers'];
}

export function holds(
  proxy: LoadBalancer,
  request: Request,
  rule: { readonly when: Condition | null; readonly isUnless: boolean },
): boolean {
  if (rule.when === null) return true;
  const isTrue = rule.when.some((all) => all.every(({ acl, isNot }) => matches(proxy, request, acl) !== isNot));
  return isTrue !== rule.isUnless;
}

function matches(
  proxy: LoadBalancer,
  { head, source, headers }: Request,
  acl: NonNullable<Condition>[number][number]['acl'],
): boolean {
  const path = head.second.split('?')[0]!;
  const fold = (text: string) => (acl.ignoresCase ? text.toLowerCase() : text);
  const has = (test: (value: string) => boolean) => acl.values.map(fold).some(test);
  switch (acl.fetch) {
    case 'always':
      return acl.values[0] === 'TRUE';
    case 'path':
      return has((value) => fold(path) === value);
    case 'path_beg':
      return has((value) => fold(path).startsWith(value));
    case 'path_end':
      return has((value) => fold(path).endsWith(value));
    case 'path_sub':
      return has((value) => fold(path).includes(value));
    case 'method':
      return has((value) => fold(head.first) === value);
    case 'src':
      return has((value) => value === source);
    case 'nbsrv': {
      const count = proxy.backends.get(acl.argument)?.usable.length ?? 0;
      const [word, number] = acl.values.length > 1 ? acl.values : ['eq', acl.values[0]];
      const than = Number(number);
      return word === 'lt'
        ? count < than
        : word === 'le'
          ? count <= than
          : word === 'gt'
            ? count > than
            : word === 'ge'
              ? count >= than
              : count === than;
    }
    default: {
      const found = headerOf(headers, acl.argument);
      if (found === undefined) return false;
      return acl.fetch === 'hdr'
        ? has((value) => fold(found) === value)
        : has((value) => fold(found).startsWith(value));
    }
  }
}

/** The answer that ends the request here, null when it goes on. */
export function applyRules(
  proxy: LoadBalancer,
  request: Request,
  rules: readonly Rule[],
): { status: number; text: string } | null {
  for (const rule of rules) {
    if (!holds(proxy, request, rule)) continue;
    const value = format(rule.value, request);
    switch (rule.action) {
      case 'deny':
        return { status: rule.status, text: errorPage(rule.status, false) };
      case 'return': {
        const headers: (readonly [string, string])[] = [
          ['content-length', String(value.length)],
          ...(rule.name ? [['content-type', rule.name] as const] : []),
        ];
        return {
          status: rule.status,
          text: writeHead(`HTTP/1.1 ${rule.status} ${reasonOf(rule.status)}`, headers) + value,
        };
      }
      case 'redirect': {
        const location =
          rule.name === 'prefix'
            ? `${value}${request.head.second}`
            : rule.name === 'scheme'
              ? `${value}://${headerOf(request.headers, 'host') ?? ''}${request.head.second}`
              : value;
        const start = `HTTP/1.1 ${rule.status} ${rule.status === 301 ? 'Moved Permanently' : 'Found'}`;
        return {
          status: rule.status,
          text: writeHead(start, [
            ['content-length', '0'],
            ['location', location],
          ]),
        };
      }
      case 'set-header':
        request.headers = [
          ...request.headers.filter(([name]) => name !== rule.name.toLowerCase()),
          [rule.name.toLowerCase(), value],
        ];
        break;
      case 'add-header':
        request.headers = [...request.headers, [rule.name.toLowerCase(), value]];
        break;
      case 'del-header':
        request.headers = request.headers.filter(([name]) => name !== rule.name.toLowerCase());
    }
  }
  return null;
}

/** `%[src]`, `%[path]`, `%[method]`, `%[req.hdr(x)]`. */
function format(text: string, { head, source, headers }: Request): string {
  return text.replace(/%\[([\w.]+)(?:\(([^)]*)\))?[^\]]*\]/g, (_all, fetch: string, argument: string | undefined) => {
    if (fetch === 'src') return source;
    if (fetch === 'path') return head.second.split('?')[0]!;
    if (fetch === 'method') return head.first;
    if (fetch === 'req.hdr' || fetch === 'hdr') return headerOf(headers, (argument ?? '').toLowerCase()) ?? '';
    return '';
  });
}

export function backendFor(proxy: LoadBalancer, request: Request, uses: readonly UseBackend[]): string | null {
  return uses.find((use) => holds(proxy, request, use))?.backend ?? null;
}
