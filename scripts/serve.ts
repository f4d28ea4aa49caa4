/** A small static server for the built site: the right MIME types, the headers of public/_headers, a base path. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

export interface ServeOptions {
  readonly folder: string;
  /** The first port to try; the next free one is taken. 0 takes any. */
  readonly port: number;
  /** Path under which the site was built, as `/` or `/course/`. */
  readonly base?: string;
}

export interface RunningServer {
  /** As `http://localhost:4321/`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves until closed, on loopback only. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const base = `/${(options.base ?? '/').split('/').filter(Boolean).join('/')}/`.replace('//', '/');
  const rules = readHeaderRules(join(options.folder, '_headers'));
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return end(response, 405, 'Only GET and HEAD are served.');
    const path = pathOf(request);
    if (path === null) return end(response, 400, 'The address is not valid.');
    if (!path.startsWith(base)) return redirect(response, base);
    const inside = path.slice(base.length - 1);
    const file = fileFor(options.folder, inside);
    if (file?.redirect) return redirect(response, `${base.slice(0, -1)}${inside}/`);
    for (const [name, value] of headersFor(rules, inside)) response.setHeader(name, value);
    if (file !== null) return send(request, response, 200, file.path);
    const missing = join(options.folder, '404.html');
    if (existsSync(missing)) return send(request, response, 404, missing);
    end(response, 404, `Nothing is at ${inside}.`);
  });
  const port = await listen(server, options.port);
  return {
    url: `http://localhost:${port}${base}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const mimeTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml; charset=utf-8',
};

function pathOf(request: IncomingMessage): string | null {
  try {
    return decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
  } catch {
    return null;
  }
}

function fileFor(folder: string, path: string): { path: string; redirect: boolean } | null {
  const full = normalize(join(folder, path));
  if (full !== folder && !full.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return null;
  const stat = statSync(full, { throwIfNoEntry: false });
  if (stat?.isFile()) return { path: full, redirect: false };
  if (stat?.isDirectory() && existsSync(join(full, 'index.html'))) {
    return { path: join(full, 'index.html'), redirect: !path.endsWith('/') };
  }
  return existsSync(`${full}.html`) ? { path: `${full}.html`, redirect: false } : null;
}

function send(request: IncomingMessage, response: ServerResponse, status: number, path: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', mimeTypes[extname(path)] ?? 'application/octet-stream');
  response.setHeader('Content-Length', statSync(path).size);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(path).pipe(response);
}

function redirect(response: ServerResponse, to: string): void {
  response.setHeader('Location', encodeURI(to));
  end(response, 302, '');
}

function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(text);
}

async function listen(server: Server, first: number): Promise<number> {
  for (let port = first; port < first + 50; port++) {
    const taken = await new Promise<boolean>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(true) : reject(error));
      server.once('error', failed);
      server.listen(port, 'localhost', () => {
        server.off('error', failed);
        resolve(false);
      });
    });
    if (taken) continue;
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }
  throw new Error(`Ports ${first} to ${first + 49} are all taken: free one or name another with --port.`);
}

interface HeaderRule {
  readonly pattern: RegExp;
  readonly headers: readonly (readonly [string, string])[];
}

/** The `_headers` format of static hosts: a path pattern on its own line, then indented `Name: value` lines. */
function readHeaderRules(path: string): HeaderRule[] {
  if (!existsSync(path)) return [];
  const rules: { pattern: RegExp; headers: [string, string][] }[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    if (!/^\s/.test(line)) {
      const pattern = line
        .trim()
        .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*');
      rules.push({ pattern: new RegExp(`^${pattern}$`), headers: [] });
      continue;
    }
    const colon = line.indexOf(':');
    rules.at(-1)?.headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return rules;
}

function headersFor(rules: readonly HeaderRule[], path: string): (readonly [string, string])[] {
  return rules.filter((rule) => rule.pattern.test(path)).flatMap((rule) => rule.headers);
}
