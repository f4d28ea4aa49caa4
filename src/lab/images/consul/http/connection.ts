/** One connection of the HTTP API: requests one after another, each answered before the next is looked at. */
import { httpDate } from '../../civil-time.ts';
import type { ServerMachine, ServerSocket } from '../../server.ts';
import { ofBinary, toBinary, utf8 } from '../bytes.ts';
import { parseRequest, type Request } from './request.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body: Uint8Array;
}

/** Answers once; what it returns is called when the client has gone before that. */
export type Handler = (request: Request, socket: ServerSocket, answer: (answer: Answer) => void) => () => void;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  301: 'Moved Permanently',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

/** @param onGone when the connection is no more */
export function serveConnection(
  machine: ServerMachine,
  socket: ServerSocket,
  handle: Handler,
  onGone: () => void,
): void {
  let text = '';
  let isBusy = false;
  let hasContinued = false;
  let isOver = false;
  let abandon = () => {};

  const gone = () => {
    if (isOver) return;
    isOver = true;
    text = '';
    abandon();
    onGone();
  };
  const refuse = (status: number, body: string) => {
    const head = `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n`;
    socket.write(ofBinary(head + body));
    socket.end();
    gone();
  };
  const next = (): void => {
    while (!isBusy && !isOver && text !== '') {
      const parsed = parseRequest(text, !hasContinued);
      if (parsed === 'more') return;
      if (parsed === 'continue') {
        hasContinued = true;
        socket.write(ofBinary('HTTP/1.1 100 Continue\r\n\r\n'));
        return;
      }
      if ('status' in parsed) {
        refuse(parsed.status, parsed.text);
        return;
      }
      text = text.slice(parsed.length);
      hasContinued = false;
      one(parsed.request);
    }
  };
  const one = (request: Request): void => {
    isBusy = true;
    let hasAnswered = false;
    const stop = handle(request, socket, (answer) => {
      if (hasAnswered || isOver) return;
      hasAnswered = true;
      isBusy = false;
      abandon = () => {};
      socket.write(ofBinary(render(answer, request, machine.wallMs())));
      if (!request.isKept) {
        socket.end();
        gone();
      } else next();
    });
    if (!hasAnswered) abandon = stop;
  };

  socket.onData = (chunk) => {
    if (isOver) return;
    text += toBinary(chunk);
    next();
  };
  socket.onEnd = () => {
    socket.end();
    gone();
  };
  socket.onClose = gone;
}

/** Go writes the fields that a handler has set in order of their names. */
function render(answer: Answer, request: Request, wallMs: number): string {
  const { status, body } = answer;
  const headers: Record<string, string> = {
    ...answer.headers,
    ...(answer.contentType === undefined ? {} : { 'Content-Type': answer.contentType }),
  };
  const lines = Object.keys(headers)
    .sort()
    .map((name) => `${name}: ${headers[name]}`);
  lines.push(`Date: ${httpDate(wallMs)}`, `Content-Length: ${body.length}`);
  if (!request.isKept) lines.push('Connection: close');
  return `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${request.method === 'HEAD' ? '' : toBinary(body)}`;
}

/** Text as Go sends it when nobody says what it is. */
export function textAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const type = text === '' ? {} : { contentType: 'text/plain; charset=utf-8' };
  return { status, headers, ...type, body: utf8(text) };
}
