// @ts-expect-error: Node's own parser has no type; it is what ours is measured against.
import common from 'node:_http_common';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latin1Bytes, latin1Text } from './bytes.ts';
import { ParseError } from './parse-error.ts';
import { BODY, HttpParser, type ParserOwner } from './parser.ts';

const { HTTPParser, methods } = common;
const MAX = 16_384;

/** What a parser told, with neighbouring body pieces joined; pieces are the network's matter. */
type Told = (string | number | boolean | null | readonly string[])[];

function join(events: Told[]): Told[] {
  const joined: Told[] = [];
  for (const event of events) {
    const last = joined[joined.length - 1];
    if (event[0] === 'body' && last?.[0] === 'body') last[1] = `${last[1]}${event[1]}`;
    else joined.push([...event]);
  }
  return joined;
}

function ours(isRequest: boolean, chunks: readonly string[]): { told: Told[]; error: string | null } {
  const events: Told[] = [];
  const owner: ParserOwner = {
    onHead(p) {
      events.push([
        'head',
        `${p.major}.${p.minor}`,
        p.headers,
        isRequest ? p.method : '',
        isRequest ? p.url : '',
        isRequest ? 0 : p.statusCode,
        isRequest ? '' : p.statusMessage,
        p.isUpgrade,
        p.shouldKeepAlive,
      ]);
      return BODY;
    },
    onBody: (chunk) => void events.push(['body', latin1Text(chunk, 0, chunk.length)]),
    onComplete: (trailers) => void events.push(['done', trailers]),
  };
  const parser = new HttpParser(isRequest, owner, MAX);
  for (const chunk of chunks) {
    const result = parser.execute(latin1Bytes(chunk));
    if (result instanceof ParseError) return { told: join(events), error: `${result.code}: ${result.reason}` };
    if (result < chunk.length) return { told: join(events), error: null };
  }
  const end = parser.finish();
  return { told: join(events), error: end && `${end.code}: ${end.reason}` };
}

function nodes(isRequest: boolean, chunks: readonly string[]): { told: Told[]; error: string | null } {
  const events: Told[] = [];
  const parser = new HTTPParser();
  parser.initialize(isRequest ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, MAX, 0);
  let headers: string[] = [];
  let url = '';
  parser[HTTPParser.kOnHeaders | 0] = (more: string[], moreUrl: string) => {
    headers.push(...more);
    url += moreUrl;
  };
  parser[HTTPParser.kOnHeadersComplete | 0] = (
    major: number,
    minor: number,
    all: string[] | undefined,
    method: number | undefined,
    target: string | undefined,
    status: number | undefined,
    reason: string | undefined,
    isUpgrade: boolean,
    shouldKeepAlive: boolean,
  ) => {
    const name = method === undefined ? '' : methods[method];
    events.push([
      'head',
      `${major}.${minor}`,
      all ?? headers,
      name ?? '',
      isRequest ? (target ?? url) : '',
      status ?? 0,
      reason ?? '',
      isUpgrade,
      shouldKeepAlive,
    ]);
    headers = [];
    url = '';
    return 0;
  };
  parser[HTTPParser.kOnBody | 0] = (chunk: Buffer) => void events.push(['body', chunk.toString('latin1')]);
  parser[HTTPParser.kOnMessageComplete | 0] = () => {
    events.push(['done', headers]);
    headers = [];
    url = '';
  };
  for (const chunk of chunks) {
    const result = parser.execute(Buffer.from(chunk, 'latin1'));
    if (typeof result !== 'number') return { told: join(events), error: `${result.code}: ${result.reason}` };
    if (result < chunk.length) return { told: join(events), error: null };
  }
  const end = parser.finish();
  return { told: join(events), error: end instanceof Error ? `${(end as any).code}: ${(end as any).reason}` : null };
}

const requests = [
  'hello\r\n\r\n',
  'XET / HTTP/1.1\r\n\r\n',
  'GE T / HTTP/1.1\r\n\r\n',
  'get / HTTP/1.1\r\n\r\n',
  'GET  / HTTP/1.1\r\n\r\n',
  'GET / HTTX/1.1\r\n\r\n',
  'GET / HTTP/1.2\r\n\r\n',
  'GET / HTTP/2.0\r\n\r\n',
  'GET / HTTP/3.0\r\n\r\n',
  'GET / HTTP/0.9\r\n\r\n',
  'GET /\r\n\r\n',
  'GET / HTTP/1.1\n\n',
  'GET / HTTP/1.1\r\nA:b\n\r\n',
  'GET / HTTP/1.1\r\nA b: c\r\n\r\n',
  'GET / HTTP/1.1\r\nA : c\r\n\r\n',
  'GET / HTTP/1.1\r\n: c\r\n\r\n',
  'GET / HTTP/1.1\r\nA\r\n\r\n',
  'GET / HTTP/1.1\r\nA: b\x01\r\n\r\n',
  'GET / HTTP/1.1\r\nA:  b  \r\nC:\r\nD: x\ty\r\n\r\n',
  'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n',
  'GET / HTTP/1.1\r\nA: b\rc\r\n\r\n',
  'GET / HTTP/1.1\r\nA: \xe9\xff\r\n\r\n',
  'GET /a b HTTP/1.1\r\n\r\n',
  'GET /a\x01 HTTP/1.1\r\n\r\n',
  'GET /\xe9 HTTP/1.1\r\n\r\n',
  'GET foo HTTP/1.1\r\n\r\n',
  'GET http://a/b?c HTTP/1.1\r\n\r\n',
  'GET * HTTP/1.1\r\n\r\n',
  'CONNECT a:80 HTTP/1.1\r\n\r\n',
  '\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 3x\r\n\r\nabc',
  'POST / HTTP/1.1\r\nContent-Length: \r\n\r\nabc',
  'POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\nabc',
  'POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc',
  'POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\nabc',
  'POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nabc',
  'POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y;z="q"\r\nabc\r\n0\r\nT: v\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\nabc',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;\r\nabc\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;\x01\r\nabc\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n003\r\nabc\r\n0\r\nBad header: x\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab',
  'GET / HTTP/1.1\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: close\r\n\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: upgrade, keep-alive\r\nUpgrade: ws\r\n\r\nrest',
  'GET / HTTP/1.1\r\nConnection: closed\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: foo close\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection:\tclose\t\r\n\r\n',
  'GET / HTTP/1.1 \r\n\r\n',
  'GET / HTTP/1.1\rX',
  'GET / HTTP/11\r\n\r\n',
  'GE',
  'GET / HTTP/1.1\r\nHost',
];

const responses = [
  'HTTP/1.1 200 OK\r\n\r\nabc',
  'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 20 OK\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTX/1.1 200 OK\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
  'HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n',
  'HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nraw',
  'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab',
  'HTTP/1.1 200 O\xe9\x01K\r\n\r\n',
  'HTTP/1.1  200 OK\r\n\r\n',
  'junk',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.1 200\n\n',
  'HTTP/1.1 200 OK\nA: b\n\n',
];

describe('the parser agrees with the one in Node', () => {
  test.each(requests)('request %j', (text) => {
    expect(ours(true, [text])).toEqual(nodes(true, [text]));
  });
  test.each(responses)('response %j', (text) => {
    expect(ours(false, [text])).toEqual(nodes(false, [text]));
  });
});

/** Cuts `text` at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const sorted = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  const chunks: string[] = [];
  let from = 0;
  for (const to of [...sorted, text.length]) {
    if (to > from) chunks.push(text.slice(from, to));
    from = to;
  }
  return chunks;
}

const cuts = fc.array(fc.nat(2000), { maxLength: 12 });
const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const framing = new Set(['connection', 'content-length', 'transfer-encoding', 'upgrade', 'proxy-connection']);
const fields = fc
  .array(fc.tuple(token, value), { maxLength: 6 })
  .map((all) => all.filter(([name]) => !framing.has(name.toLowerCase())));
const text = fc.string({ unit: 'binary-ascii', maxLength: 60 });

function head(start: string, all: readonly (readonly [string, string])[]): string {
  return `${start}\r\n${all.map(([name, one]) => `${name}: ${one}\r\n`).join('')}`;
}

const body = fc.oneof(
  text.map((content) => `Content-Length: ${content.length}\r\n\r\n${content}`),
  fc
    .tuple(fc.array(text.filter((one) => one.length > 0)), fields)
    .map(
      ([parts, trailers]) =>
        `Transfer-Encoding: chunked\r\n\r\n${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}${head('0', trailers)}\r\n`,
    ),
);
const request = fc
  .tuple(fc.constantFrom('GET', 'POST', 'PUT', 'M-SEARCH'), fc.stringMatching(/^\/[!-~]{0,20}$/), fields, body)
  .map(([method, url, all, rest]) => head(`${method} ${url} HTTP/1.1`, all) + rest);
const response = fc
  .tuple(fc.constantFrom(200, 201, 404, 500, 100), fc.stringMatching(/^[A-Za-z ]{0,10}$/), fields, body)
  .map(([status, reason, all, rest]) => head(`HTTP/1.1 ${status} ${reason}`, all) + (status === 100 ? '\r\n' : rest));

describe('any chunking gives the same messages', () => {
  test.each([
    ['requests', true, request],
    ['responses', false, response],
  ] as const)('%s', (_name, isRequest, message) => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), cuts, (messages, places) => {
        const all = messages.join('');
        const whole = ours(isRequest, [all]);
        expect(whole.error).toBe(null);
        expect(ours(isRequest, cut(all, places))).toEqual(whole);
        expect(whole).toEqual(nodes(isRequest, [all]));
      }),
      { numRuns: 300 },
    );
  });

  test('messages with one octet changed are refused or read as Node does, whole or in pieces', () => {
    const damaged = fc.tuple(request, fc.nat(400), fc.constantFrom(...'\r\n\t\0 :;=x0Z"/\x7f\xe9'), cuts);
    fc.assert(
      fc.property(damaged, ([message, at, octet, places]) => {
        const index = at % message.length;
        const changed = message.slice(0, index) + octet + message.slice(index + 1);
        const whole = ours(true, [changed]);
        const real = nodes(true, [changed]);
        // llhttp lets a lone LF end a request line without a version; ours refuses HTTP/0.9 in that shape.
        fc.pre(!real.told.some(([, version]) => version === '0.9'));
        expect(whole.told).toEqual(real.told);
        expect(whole.error === null).toBe(real.error === null);
        const pieces = ours(true, cut(changed, places));
        expect(pieces.told).toEqual(whole.told);
        expect(pieces.error === null).toBe(whole.error === null);
      }),
      { numRuns: 1000 },
    );
  });
});

test('a head over the limit is refused with HPE_HEADER_OVERFLOW, complete or not', () => {
  const long = `GET / HTTP/1.1\r\nA: ${'x'.repeat(MAX)}`;
  for (const chunks of [[`${long}\r\n\r\n`], [long], [long.slice(0, 9000), long.slice(9000)]]) {
    expect(ours(true, chunks).error).toBe('HPE_HEADER_OVERFLOW: Header overflow');
    expect(nodes(true, chunks).error).toBe('HPE_HEADER_OVERFLOW: Header overflow');
  }
});
