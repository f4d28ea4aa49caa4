/** `curl`: one request from outside into the system, with the options that one uses by hand. */
import type { Reply, RequestSpec } from '../../../engines/engine.ts';
import { first } from '../../session/client.ts';
import type { WorkbenchSession } from '../../session/session.ts';
import { type Call, type Command, CommandError } from '../command.ts';
import { type Options, readOptions } from '../options.ts';
import { publishedPorts } from '../ports.ts';

const SPEC = {
  values: [
    'X',
    'H',
    'd',
    'o',
    'w',
    'm',
    'A',
    'u',
    'b',
    'e',
    'request',
    'header',
    'data',
    'data-raw',
    'data-binary',
  ].concat(['json', 'output', 'write-out', 'max-time', 'connect-timeout', 'user-agent', 'user', 'cookie', 'referer']),
  flags: [
    'i',
    'v',
    's',
    'S',
    'I',
    'L',
    'f',
    'k',
    'G',
    'include',
    'verbose',
    'silent',
    'show-error',
    'head',
    'location',
  ].concat(['fail', 'insecure', 'get', 'http1.1']),
  alias: {
    X: 'request',
    H: 'header',
    d: 'data',
    'data-raw': 'data',
    'data-binary': 'data',
    o: 'output',
    w: 'write-out',
    m: 'max-time',
    A: 'user-agent',
    u: 'user',
    b: 'cookie',
    e: 'referer',
    i: 'include',
    v: 'verbose',
    s: 'silent',
    S: 'show-error',
    I: 'head',
    L: 'location',
    f: 'fail',
    k: 'insecure',
    G: 'get',
  },
} as const;

const REDIRECTS_MAX = 10;

/** The engine's error → curl's exit code and words. */
const FAILURES: Readonly<Record<string, readonly [number, (host: string, port: string, ms: number) => string]>> = {
  ENOTFOUND: [6, (host) => `Could not resolve host: ${host}`],
  EAI_AGAIN: [6, (host) => `Could not resolve host: ${host}`],
  ECONNREFUSED: [7, (host, port, ms) => `Failed to connect to ${host} port ${port} after ${ms} ms: Connection refused`],
  ETIMEDOUT: [28, (_h, _p, ms) => `Operation timed out after ${ms} milliseconds with 0 bytes received`],
  ECONNRESET: [56, () => 'Recv failure: Connection reset by peer'],
};

export const curl: Command = {
  name: 'curl',
  usage: 'curl [-i] [-v] [-X METHOD] [-H "Name: value"] [-d BODY] URL',
  async run(call) {
    const options = readOptions(call.argv, SPEC);
    if (options.unknown.length > 0) {
      throw new CommandError(`curl: option ${options.unknown[0]}: is not known here\n${curl.usage}`, 2);
    }
    if (options.words.length === 0) throw new CommandError(`curl: (2) no URL specified\n${curl.usage}`, 2);
    let status = 0;
    for (const word of options.words) status = await one(call, options, word);
    return status;
  },
  complete: (words, session) => {
    const last = words.at(-1);
    if (last === '-X' || last === '--request') return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];
    if (last === '-H' || last === '--header') return ['content-type: application/json', 'accept: application/json'];
    if (last === '-w') return ['%{http_code}\\n', '%{time_total}\\n'];
    if (last === '-o') return ['/dev/null'];
    return [...urlsOf(session), ...['-i', '-v', '-s', '-X', '-H', '-d', '-o', '-w', '-I', '-L', '-f', '--json']];
  },
};

/** Where one could ask: published ports first, then every service's, and what was asked before. */
function urlsOf(session: WorkbenchSession): readonly string[] {
  const services = session.run.topology.value?.services ?? [];
  const published = publishedPorts(session).map(({ host }) => `http://localhost:${host}/`);
  const inside = services.flatMap(({ name, ports }) => ports.map((port) => `http://${name}:${port}/`));
  const asked = session.client.history.value.map(({ spec }) => spec.url);
  return [...new Set([...published, first(session.loadSpec.value.url), ...asked, ...inside])];
}

async function one(call: Call, options: Options, word: string): Promise<number> {
  const { session, out, err } = call;
  let address = /^[a-z]+:\/\//i.test(word) ? word : `http://${word}`;
  let method = options.value('request')?.toUpperCase();
  let body = options.all('data').join('&');
  const headers: Record<string, string> = { 'user-agent': 'curl/8.14.1', accept: '*/*' };
  const json = options.value('json');
  if (json !== undefined) {
    body = json;
    headers['content-type'] = 'application/json';
    headers.accept = 'application/json';
  } else if (body !== '') headers['content-type'] = 'application/x-www-form-urlencoded';
  if (body !== '' && options.has('get')) {
    address += `${address.includes('?') ? '&' : '?'}${body}`;
    body = '';
    delete headers['content-type'];
  }
  const named: readonly [string, string][] = [
    ['user-agent', 'user-agent'],
    ['cookie', 'cookie'],
    ['referer', 'referer'],
  ];
  for (const [option, header] of named) if (options.has(option)) headers[header] = options.value(option)!;
  if (options.has('user')) headers.authorization = `Basic ${btoa(options.value('user')!)}`;
  for (const line of options.all('header')) {
    const [, name = '', value = ''] = /^\s*([^:]+?)\s*:\s*(.*)$/s.exec(line) ?? [];
    if (value === '') delete headers[name.toLowerCase()];
    else if (name !== '') headers[name.toLowerCase()] = value;
  }
  method ??= options.has('head') ? 'HEAD' : body === '' ? 'GET' : 'POST';
  const seconds = options.value('max-time') ?? options.value('connect-timeout');

  for (let redirects = 0; ; redirects++) {
    const url = URL.parse(address);
    if (url === null || url.hostname === '') throw new CommandError('curl: (3) URL rejected: Malformed input', 3);
    if (url.protocol !== 'http:') {
      throw new CommandError(`curl: (1) Protocol "${url.protocol.slice(0, -1)}" not supported`, 1);
    }
    const target = inside(session, url);
    const spec: RequestSpec = {
      method,
      url: target.href,
      headers: { host: url.host, ...headers },
      ...(body === '' ? {} : { body }),
      ...(seconds === undefined ? {} : { timeoutMs: Number(seconds) * 1000 }),
    };
    if (options.has('verbose')) {
      err(`* Connecting to ${url.hostname} port ${url.port || 80}…\n${requestHead(spec, url)}`);
    }
    const reply = await call.wait(session.run.request(spec));
    if (reply === null) throw new CommandError(call.text.notRunning, 7);
    if (reply.status === 0) return failure(call, options, reply, url, seconds);
    const location = reply.headers.location;
    if (options.has('verbose')) err(replyHead(reply, '< '));
    if (options.has('location') && location !== undefined && reply.status >= 300 && reply.status < 400) {
      if (redirects === REDIRECTS_MAX)
        throw new CommandError(`curl: (47) Maximum (${REDIRECTS_MAX}) redirects followed`, 47);
      if (options.has('include')) out(replyHead(reply, ''));
      address = new URL(location, url).href;
      if (reply.status <= 303 && method !== 'HEAD') {
        method = 'GET';
        body = '';
      }
      continue;
    }
    if (options.has('fail') && reply.status >= 400) {
      writeOut(call, options, reply, url);
      throw new CommandError(`curl: (22) The requested URL returned error: ${reply.status}`, 22);
    }
    if ((options.has('include') || options.has('head')) && !options.has('verbose')) out(replyHead(reply, ''));
    const place = options.value('output');
    if (place === undefined) {
      if (method !== 'HEAD') out(reply.body);
    } else if (place !== '/dev/null' && place !== '-') {
      throw new CommandError(`curl: (23) ${place}: ${call.text.noFiles}`, 23);
    } else if (place === '-') out(reply.body);
    writeOut(call, options, reply, url);
    return 0;
  }
}

/** `localhost:8080` is the published port of a service; service names are reached as from another container. */
function inside(session: WorkbenchSession, url: URL): URL {
  if (!/^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)) return url;
  const port = Number(url.port || 80);
  const found = publishedPorts(session).find(({ host }) => host === port);
  const target = new URL(url);
  // What nobody publishes is refused by the machine itself; the outside host of the lab has no listener either.
  if (found === undefined) return target;
  target.hostname = found.service;
  target.port = String(found.container);
  return target;
}

function failure(call: Call, options: Options, reply: Reply, url: URL, seconds: string | undefined): number {
  const code = reply.error ?? '';
  const isOwnTimeout = code === 'ETIMEDOUT' || (seconds !== undefined && reply.durationMs >= Number(seconds) * 1000);
  const [status, words] = FAILURES[isOwnTimeout ? 'ETIMEDOUT' : code] ?? [
    52,
    () => `Empty reply from server (${code})`,
  ];
  writeOut(call, options, reply, url);
  const text = `curl: (${status}) ${words(url.hostname, url.port || '80', Math.round(reply.durationMs))}`;
  if (!options.has('silent') || options.has('show-error')) call.err(text);
  return status;
}

function requestHead(spec: RequestSpec, url: URL): string {
  const lines = [`${spec.method} ${url.pathname}${url.search} HTTP/1.1`];
  for (const [name, value] of Object.entries(spec.headers ?? {})) lines.push(`${name}: ${value}`);
  return `${lines.map((line) => `> ${line}`).join('\n')}\n>`;
}

function replyHead(reply: Reply, prefix: string): string {
  const lines = [`HTTP/1.1 ${reply.status} ${REASONS[reply.status] ?? ''}`.trimEnd()];
  for (const [name, value] of Object.entries(reply.headers)) lines.push(`${name}: ${value}`);
  return `${lines.map((line) => `${prefix}${line}`).join('\n')}\n${prefix}\n`;
}

/** `-w`, as far as one measures with it. */
function writeOut({ out }: Call, options: Options, reply: Reply, url: URL): void {
  const format = options.value('write-out');
  if (format === undefined) return;
  const values: Readonly<Record<string, string>> = {
    http_code: String(reply.status).padStart(3, '0'),
    response_code: String(reply.status).padStart(3, '0'),
    time_total: (reply.durationMs / 1000).toFixed(6),
    size_download: String(new TextEncoder().encode(reply.body).length),
    content_type: reply.headers['content-type'] ?? '',
    url_effective: url.href,
    num_redirects: '0',
    exitcode: '0',
  };
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };
  out(
    format
      .replace(/\\([ntr\\])/g, (_, letter: string) => escapes[letter]!)
      .replace(/%\{(\w+)\}/g, (_, name: string) => values[name] ?? ''),
  );
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
