/** Errors of the protocol: a soft one closes the channel, a hard one the connection. Texts are RabbitMQ's, word for word. */

export type ErrorName =
  | 'content_too_large'
  | 'no_route'
  | 'no_consumers'
  | 'access_refused'
  | 'not_found'
  | 'resource_locked'
  | 'precondition_failed'
  | 'connection_forced'
  | 'invalid_path'
  | 'frame_error'
  | 'syntax_error'
  | 'command_invalid'
  | 'channel_error'
  | 'unexpected_frame'
  | 'resource_error'
  | 'not_allowed'
  | 'not_implemented'
  | 'internal_error';

const ERRORS: Readonly<Record<ErrorName, readonly [isHard: boolean, code: number]>> = {
  content_too_large: [false, 311],
  no_route: [false, 312],
  no_consumers: [false, 313],
  access_refused: [false, 403],
  not_found: [false, 404],
  resource_locked: [false, 405],
  precondition_failed: [false, 406],
  connection_forced: [true, 320],
  invalid_path: [true, 402],
  frame_error: [true, 501],
  syntax_error: [true, 502],
  command_invalid: [true, 503],
  channel_error: [true, 504],
  unexpected_frame: [true, 505],
  resource_error: [true, 506],
  not_allowed: [true, 530],
  not_implemented: [true, 540],
  internal_error: [true, 541],
};

export class AmqpError extends Error {
  readonly error: ErrorName;
  readonly isHard: boolean;
  readonly code: number;
  /** As the log has it. */
  readonly explanation: string;
  /** As the close method has it: bytes, at most 255. */
  readonly replyText: string;
  /** Set where it differs from the method that was handled. */
  readonly method: string | undefined;

  constructor(error: ErrorName, explanation: string | null, method?: string) {
    super(explanation ?? error);
    [this.isHard, this.code] = ERRORS[error];
    this.error = error;
    this.explanation = explanation ?? '';
    const all = explanation === null ? error.toUpperCase() : `${error.toUpperCase()} - ${explanation}`;
    this.replyText = all.length > 255 ? `${all.slice(0, 252)}...` : all;
    this.method = method;
  }
}

/** `queue 'orders' in vhost '/'` */
export function rs(kind: 'queue' | 'exchange', name: string, vhost: string): string {
  return `${kind} '${name}' in vhost '${vhost}'`;
}

export const notFound = (kind: 'queue' | 'exchange', name: string, vhost: string) =>
  new AmqpError('not_found', `no ${rs(kind, name, vhost)}`);

export const failed = (text: string) => new AmqpError('precondition_failed', text);

/** A binary as Erlang's `~p` prints it: text where all of it is printable, else its bytes. */
export function term(bytes: Uint8Array | string): string {
  const codes = typeof bytes === 'string' ? Array.from(bytes, (char) => char.charCodeAt(0)) : [...bytes];
  const isText = codes.every(
    (code) => (code >= 32 && code < 127) || code >= 160 || (code >= 8 && code <= 13) || code === 27,
  );
  if (codes.length === 0) return '<<>>';
  if (!isText) return `<<${codes.join(',')}>>`;
  return `<<"${codes.map((code) => ESCAPES[code] ?? String.fromCharCode(code)).join('')}">>`;
}

const ESCAPES: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  34: '\\"',
  92: '\\\\',
};
