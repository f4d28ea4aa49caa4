/** One file with all that a person has done in an exercise or sandbox: written to be read again, here or elsewhere. */
import type { Attempt } from '../grading.ts';
import type { Files } from '../project.ts';
import { isFiles, isNumber, isRecord, isText } from './shapes.ts';

export interface Keepsake {
  readonly subject: string;
  /** Real time, ISO 8601. */
  readonly at: string;
  readonly edits: Files;
  /** Edits of files that the starter no longer has. */
  readonly orphans: Files;
  readonly attempts: readonly Attempt[];
}

export type ReadKeepsake =
  | { readonly ok: true; readonly keepsake: Keepsake }
  | { readonly ok: false; readonly reason: 'too-big' | 'damaged' | 'newer' };

/** More than 50 attempts with all their edits. */
export const KEEPSAKE_CHARS_MAX = 8_000_000;
const FORMAT = 'loadbearing-work';
const VERSION = 1;

export function writeKeepsake(keepsake: Keepsake): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...keepsake }, null, 1)}\n`;
}

export function readKeepsake(text: string): ReadKeepsake {
  if (text.length > KEEPSAKE_CHARS_MAX) return { ok: false, reason: 'too-big' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'damaged' };
  }
  if (!isRecord(value) || value.format !== FORMAT) return { ok: false, reason: 'damaged' };
  if (isNumber(value.version) && value.version > VERSION) return { ok: false, reason: 'newer' };
  const { subject, at, edits, orphans, attempts } = value;
  if (!isText(subject, 100) || !isText(at, 40) || !isFiles(edits) || !isFiles(orphans)) {
    return { ok: false, reason: 'damaged' };
  }
  if (!Array.isArray(attempts) || attempts.length > 1000 || !attempts.every(isAttempt)) {
    return { ok: false, reason: 'damaged' };
  }
  return { ok: true, keepsake: { subject, at, edits, orphans, attempts } };
}

function isAttempt(value: unknown): value is Attempt {
  return (
    isRecord(value) &&
    isText(value.at, 40) &&
    !Number.isNaN(Date.parse(value.at)) &&
    typeof value.passed === 'boolean' &&
    isNumber(value.checksPassed) &&
    isNumber(value.checksTotal) &&
    Array.isArray(value.failed) &&
    value.failed.every((each) => isText(each, 500)) &&
    isNumber(value.hintsShown) &&
    (value.engine === undefined || isText(value.engine, 20)) &&
    typeof value.sawSolution === 'boolean' &&
    (value.edits === undefined || isFiles(value.edits)) &&
    (value.checks === undefined || (Array.isArray(value.checks) && value.checks.every(isCheck))) &&
    (value.predicted === undefined || isRecord(value.predicted)) &&
    (value.outcome === undefined || isRecord(value.outcome))
  );
}

function isCheck(value: unknown): boolean {
  return isRecord(value) && isText(value.name, 500) && typeof value.passed === 'boolean' && isText(value.text, 500);
}
