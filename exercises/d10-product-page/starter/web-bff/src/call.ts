const timeoutMsDefault = Number(process.env.TIMEOUT_MS ?? 2000);

/** A dependency gave no usable answer. `status` is what it answered; 0 when it did not answer in time or at all. */
export class CallError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CallError';
    this.status = status;
  }
}

/** One GET; the JSON of a 2xx answer. */
export async function getJson<T>(url: string, timeoutMs = timeoutMsDefault): Promise<T> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    body = await response.json();
  } catch (error) {
    throw new CallError(0, `no answer from ${url} within ${timeoutMs} ms`, { cause: error });
  }
  if (response.ok) return body as T;
  throw new CallError(response.status, `${url} answered ${response.status}`);
}
