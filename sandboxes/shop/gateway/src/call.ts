const timeoutMs = Number(process.env.TIMEOUT_MS ?? 1000);

/** A dependency gave no usable answer. `status` is what the gateway tells its own caller. */
export class UpstreamError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UpstreamError';
    this.status = status;
  }
}

/**
 * Sends one request and reads its JSON answer. Every call has a time limit: without one a slow dependency keeps
 * our sockets and our callers waiting for as long as it likes.
 *
 * No answer in time becomes 504, a broken one 502; a 4xx answer is our caller's business and keeps its status.
 */
export async function call<T>(url: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    body = await response.json();
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new UpstreamError(504, `no answer from ${url} within ${timeoutMs} ms`, { cause: error });
    }
    throw new UpstreamError(502, `no usable answer from ${url}: ${reason(error)}`, { cause: error });
  }
  if (response.ok) return body as T;
  if (response.status >= 500) throw new UpstreamError(502, `${url} answered ${response.status}`);
  throw new UpstreamError(response.status, errorText(body) ?? `${url} answered ${response.status}`);
}

export function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** fetch hides the network's error (ECONNREFUSED …) in `cause`. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string } | undefined;
  return cause?.code ?? error.message;
}

function errorText(body: unknown): string | undefined {
  const error = (body as { error?: unknown } | null)?.error;
  return typeof error === 'string' ? error : undefined;
}
