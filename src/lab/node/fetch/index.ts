/**
 * The globals of fetch: fetch.ts sends a request, over the connections of pool.ts; request.ts, response.ts, headers.ts,
 * form-data.ts and blob.ts are what programs see; body.ts is what both messages carry; web.ts is where the full
 * built-ins add web streams, formData() of a received body (parse-form.ts) and content-encodings (decode.ts).
 *
 * Left out: blob: and data: addresses, caches, cookies.
 */
export { Blob, File } from './blob.ts';
export { fetch } from './fetch.ts';
export { FormData } from './form-data.ts';
export { Headers } from './headers.ts';
export { Request } from './request.ts';
export { Response } from './response.ts';
