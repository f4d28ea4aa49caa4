/**
 * What web streams add to bodies. The core has none of it; the full built-ins fill it in (web-streams/bodies.ts), so
 * that nothing here pulls them into the core.
 */
import type { Body } from './body.ts';

export interface WebBodies {
  isStream(value: unknown): boolean;
  /** Something was read from it, or a reader holds it. */
  isTaken(stream: any): boolean;
  isDisturbed(stream: any): boolean;
  /** The ReadableStream that shows a body. */
  streamOf(body: Body): any;
  /** A body that reads a program's ReadableStream. Throws when somebody reads it already. */
  bodyFrom(stream: any): Body;
  streamFrom(parts: readonly Uint8Array[]): any;
  /** Undoes a content-encoding; null when one is unknown. */
  decoded(body: Body, encodings: readonly string[]): Body | null;
  parseForm(bytes: Uint8Array, contentType: string | null): any;
}

export const web: { bodies: WebBodies | null } = { bodies: null };
