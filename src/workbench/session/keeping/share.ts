/**
 * A session as text for the fragment of an address: edits, seed and what was done when. It comes from strangers: what
 * is read has bounds in length, in what it unpacks to and in shape, and nothing of it runs before somebody says so.
 */
import { deflateSync, Inflate, strFromU8, strToU8 } from 'fflate';
import type { Action, TimedAction } from '../../../engines/engine.ts';
import type { Files } from '../project.ts';
import { isFiles, isNumber, isRecord, isText, type Shape, shapeOf } from './shapes.ts';

export interface SharedSession {
  /** What it is a session of: `exercise:d14-breaker`. */
  readonly subject: string;
  readonly seed: number;
  /** Files that differ from the starter. */
  readonly edits: Files;
  readonly actions: readonly TimedAction[];
  /** Where the sender had come to. */
  readonly endMs: number;
}

export type ReadShare =
  | { readonly ok: true; readonly shared: SharedSession }
  | { readonly ok: false; readonly reason: 'too-big' | 'damaged' | 'newer' };

/** Addresses longer than this are cut by chats and mail. */
export const SHARE_CHARS_MAX = 32_000;
const UNPACKED_BYTES_MAX = 512 * 1024;
const ACTIONS_MAX = 500;
const VERSION = 1;
/** Deflate unpacks at most a thousandfold, so one slice is at most a megabyte too many. */
const SLICE_BYTES = 1024;

/** null when it is too long for an address. */
export function writeShare(shared: SharedSession): string | null {
  const { subject, seed, edits, actions, endMs } = shared;
  if (actions.length > ACTIONS_MAX) return null;
  const json = JSON.stringify([
    VERSION,
    subject,
    seed,
    edits,
    actions.map(({ atMs, action }) => [atMs, action]),
    endMs,
  ]);
  const bytes = strToU8(json);
  if (bytes.length > UNPACKED_BYTES_MAX) return null;
  const text = toBase64Url(deflateSync(bytes, { level: 9 }));
  return text.length > SHARE_CHARS_MAX ? null : text;
}

export function readShare(text: string): ReadShare {
  if (text.length > SHARE_CHARS_MAX) return { ok: false, reason: 'too-big' };
  try {
    const bytes = fromBase64Url(text);
    const unpacked = bytes === null ? null : unpack(bytes);
    if (unpacked === 'too-big') return { ok: false, reason: 'too-big' };
    if (unpacked === null) return { ok: false, reason: 'damaged' };
    const value: unknown = JSON.parse(strFromU8(unpacked));
    if (!Array.isArray(value)) return { ok: false, reason: 'damaged' };
    if (isNumber(value[0]) && value[0] > VERSION) return { ok: false, reason: 'newer' };
    const shared = sessionOf(value);
    return shared === null ? { ok: false, reason: 'damaged' } : { ok: true, shared };
  } catch {
    // Whatever a stranger has written that JSON or Deflate is not.
    return { ok: false, reason: 'damaged' };
  }
}

function sessionOf([version, subject, seed, edits, actions, endMs]: readonly unknown[]): SharedSession | null {
  if (version !== VERSION || !isText(subject, 100) || !isFiles(edits)) return null;
  if (!isNumber(seed) || !Number.isInteger(seed) || seed < 1 || seed > 999_999) return null;
  if (!isTime(endMs) || !Array.isArray(actions) || actions.length > ACTIONS_MAX) return null;
  const read: TimedAction[] = [];
  for (const each of actions as readonly unknown[]) {
    if (!Array.isArray(each) || !isTime(each[0]) || !isAction(each[1])) return null;
    read.push({ atMs: each[0], action: each[1] });
  }
  return { subject, seed, edits, actions: read, endMs };
}

/** Virtual ms: a day is more than any session. */
function isTime(value: unknown): value is number {
  return isNumber(value) && value >= 0 && value <= 86_400_000;
}

const request: Shape = { method: 'text', url: 'text', headers: 'texts?', body: 'long?', timeoutMs: 'number?' };
const load: Shape = {
  method: 'text?',
  url: 'text',
  ratePerSecond: 'number',
  durationMs: 'number?',
  timeoutMs: 'number?',
  headers: 'texts?',
  body: 'long?',
};
const actions: Readonly<Record<Action['name'], (value: Readonly<Record<string, unknown>>) => boolean>> = {
  request: ({ spec }) => shapeOf(spec, request),
  inject: ({ fault }) =>
    isRecord(fault) &&
    isText(fault.kind, 40) &&
    Object.values(fault).every((each) => isText(each, 200) || isNumber(each) || typeof each === 'boolean'),
  heal: ({ faultId }) => isNumber(faultId),
  startLoad: ({ spec }) => shapeOf(spec, load) && isRecord(spec) && (spec.ratePerSecond as number) <= 100_000,
  stopLoad: ({ loadId }) => isNumber(loadId),
  exec: ({ service, argv, replica }) =>
    isText(service, 100) &&
    Array.isArray(argv) &&
    argv.length <= 100 &&
    argv.every((each) => isText(each, 10_000)) &&
    (replica === undefined || isNumber(replica)),
  control: ({ action }) =>
    isRecord(action) &&
    isText(action.verb, 20) &&
    isText(action.target, 100) &&
    (action.argument === undefined || isText(action.argument, 100) || isNumber(action.argument)),
  edit: ({ files }) => isFiles(files),
};

function isAction(value: unknown): value is Action {
  return (
    isRecord(value) &&
    isText(value.name, 20) &&
    Object.hasOwn(actions, value.name) &&
    actions[value.name as Action['name']](value)
  );
}

/** null when it is no Deflate stream. */
function unpack(bytes: Uint8Array): Uint8Array | 'too-big' | null {
  const parts: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  const inflate = new Inflate((part, isLast) => {
    parts.push(part);
    length += part.length;
    isWhole ||= isLast;
  });
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    inflate.push(bytes.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= bytes.length);
    if (length > UNPACKED_BYTES_MAX) return 'too-big';
  }
  if (!isWhole) return null;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array | null {
  if (!/^[\w-]*$/.test(text)) return null;
  const decoded = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(decoded, (char) => char.charCodeAt(0));
}
