/** undici's errors, which fetch shows in `cause`. */

class UndiciError extends Error {
  readonly code: string;
  constructor(name: string, code: string, message: string) {
    super(message);
    // Own and enumerable, as undici has it.
    this.name = name;
    this.code = code;
  }
}

/** The server closed, or something else ended the connection without an error of its own. */
export function socketError(message: string, socket: any): Error {
  return Object.assign(new UndiciError('SocketError', 'UND_ERR_SOCKET', message), {
    socket: {
      localAddress: socket.localAddress,
      localPort: socket.localPort,
      remoteAddress: socket.remoteAddress,
      remotePort: socket.remotePort,
      remoteFamily: socket.remoteFamily,
      timeout: socket.timeout,
      bytesWritten: socket.bytesWritten,
      bytesRead: socket.bytesRead,
    },
  });
}

export const connectTimeoutError = (address: string, timeoutMs: number) =>
  new UndiciError(
    'ConnectTimeoutError',
    'UND_ERR_CONNECT_TIMEOUT',
    `Connect Timeout Error (attempted address: ${address}, timeout: ${timeoutMs}ms)`,
  );

export const headersTimeoutError = () =>
  new UndiciError('HeadersTimeoutError', 'UND_ERR_HEADERS_TIMEOUT', 'Headers Timeout Error');

export const bodyTimeoutError = () => new UndiciError('BodyTimeoutError', 'UND_ERR_BODY_TIMEOUT', 'Body Timeout Error');

export const invalidArgumentError = (message: string) =>
  new UndiciError('InvalidArgumentError', 'UND_ERR_INVALID_ARG', message);

export function parserError(reason: string, code: string): Error {
  const error: any = new Error(`Response does not match the HTTP/1.1 protocol (${reason})`);
  return Object.assign(error, { name: 'HTTPParserError', code });
}
