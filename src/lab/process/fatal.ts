/** What Node prints for an error that nothing caught, and how such an error is named in a sentence. */
import { cleanStack } from './stack.ts';

export function messageOf(error: unknown): string {
  try {
    return error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
      ? `${(error as Error).name ?? 'Error'}: ${(error as Error).message}`
      : String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}

export function describeFatal(error: unknown): string {
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    const stack = cleanStack(error);
    return code === undefined ? stack : `${stack} {\n  code: '${String(code)}'\n}`;
  }
  return `Uncaught ${messageOf(error)}`;
}

/** Node's ERR_UNHANDLED_REJECTION for reasons that are no errors. */
export function rejectionError(reason: unknown): Error {
  const error = new Error(
    'This error originated either by throwing inside of an async function without a catch block, or by rejecting a ' +
      `promise which was not handled with .catch(). The promise rejected with the reason "${messageOf(reason)}".`,
  );
  error.name = 'UnhandledPromiseRejection';
  error.stack = `UnhandledPromiseRejection: ${error.message}`;
  return Object.assign(error, { code: 'ERR_UNHANDLED_REJECTION' });
}
