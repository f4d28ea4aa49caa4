/** From 'stream' to 'request': which event a request gives. Source: Node 24's lib/internal/http2/compat.js. */

export function onServerStream(
  server: any,
  ServerRequest: any,
  ServerResponse: any,
  stream: any,
  headers: any,
  _flags: number,
  rawHeaders: string[],
): void {
  const request = new ServerRequest(stream, headers, undefined, rawHeaders);
  const response = new ServerResponse(stream);
  if (headers[':method'] === 'CONNECT') {
    if (!server.emit('connect', request, response)) refuse(response, 405);
  } else if (headers.expect === '100-continue') {
    if (server.emit('checkContinue', request, response)) return;
    response.writeContinue();
    server.emit('request', request, response);
  } else if (headers.expect !== undefined) {
    if (!server.emit('checkExpectation', request, response)) refuse(response, 417);
  } else server.emit('request', request, response);
}

function refuse(response: any, status: number): void {
  response.statusCode = status;
  response.end();
}
