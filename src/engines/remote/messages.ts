/**
 * Everything that page and worker say to each other. The worker runs a learner's code, so the page believes nothing it
 * says until `readWorkerMessage` has looked at its shape.
 */

import type { ToolResult } from '../../lab/images/server.ts';
import type { Action, BootOptions, EditResult, Problem, Reply, SessionUpdate, Topology, Verdict } from '../engine.ts';

/** Page → worker. `id` is echoed by the answer. */
export type PageMessage =
  | { readonly kind: 'load'; readonly builtins: string }
  /** Before the first project, or edit, that needs them. */
  | { readonly kind: 'loadFull'; readonly fullBuiltins: string }
  /** Before the first project, or edit, that names the server image. */
  | { readonly kind: 'loadImage'; readonly name: string; readonly code: string }
  /** Boots the project once, unseen, so that the code is compiled when `boot` comes; answered by a pong at its end. */
  | { readonly kind: 'rehearse'; readonly files: Files; readonly packages: string }
  | { readonly kind: 'boot'; readonly files: Files; readonly packages: string; readonly options: BootOptions }
  | { readonly kind: 'check'; readonly job: CheckRequest; readonly packages: string }
  | { readonly kind: 'play'; readonly speed?: number }
  | { readonly kind: 'pause' }
  | { readonly kind: 'step'; readonly unit: 'event' | 'request' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'call'; readonly id: number; readonly call: Call };

/** What the page asks of a running system, each with one answer. */
export type Call = Action | { readonly name: 'capture'; readonly isOn: boolean };

/** What each call is answered with. */
export interface Answers {
  request: Reply;
  inject: number;
  heal: null;
  startLoad: number;
  stopLoad: null;
  /** null: the container runs no server of the lab's own, or has ended. */
  exec: ToolResult | null;
  control: null;
  capture: null;
  edit: EditResult;
}

export interface CheckRequest {
  readonly exerciseId: string;
  readonly files: Files;
  readonly checks: string;
  readonly seeds: readonly number[];
  readonly without?: readonly number[] | undefined;
  /** Whether the page wants to see what happens. */
  readonly isWatched?: boolean;
}

export type Files = Readonly<Record<string, string>>;

/**
 * Worker → page, on the wire: the trace comes as JSON, at a third of what copying thousands of small objects costs the
 * worker.
 */
export type WireMessage =
  | Exclude<WorkerMessage, { kind: 'update' }>
  | { readonly kind: 'update'; readonly update: Exclude<SessionUpdate, { kind: 'trace' }> }
  | { readonly kind: 'trace'; readonly nowMs: number; readonly json: string };

/** Worker → page, once read. */
export type WorkerMessage =
  | { readonly kind: 'booted'; readonly topology: Topology }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  /** When a call was taken up, before its answer. */
  | { readonly kind: 'taken'; readonly id: number; readonly atMs: number }
  | { readonly kind: 'update'; readonly update: SessionUpdate }
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'pong' }
  /** The lab itself failed; nothing more will come. */
  | { readonly kind: 'broken'; readonly message: string };

const fields: { readonly [K in WorkerMessage['kind']]: Readonly<Record<string, (value: unknown) => boolean>> } = {
  booted: { topology: (value) => isObject(value) && Array.isArray(value.services) },
  refused: { problems: (value) => Array.isArray(value) && value.every(isProblem) },
  answer: { id: isNumber },
  failed: { id: isNumber, message: isString },
  taken: { id: isNumber, atMs: isNumber },
  update: { update: isUpdate },
  progress: { share: isNumber },
  verdict: { verdict: (value) => isObject(value) && typeof value.passed === 'boolean' && Array.isArray(value.checks) },
  pong: {},
  broken: { message: isString },
};

/** The message, or null when it has not the shape of one. */
export function readWorkerMessage(data: unknown): WorkerMessage | null {
  if (!isObject(data) || !isString(data.kind)) return null;
  if (data.kind === 'trace') return readTrace(data);
  if (!Object.hasOwn(fields, data.kind)) return null;
  const expected = fields[data.kind as WorkerMessage['kind']];
  return Object.entries(expected).every(([name, isRight]) => isRight(data[name]))
    ? (data as unknown as WorkerMessage)
    : null;
}

function readTrace({ nowMs, json }: Record<string, unknown>): WorkerMessage | null {
  if (!isString(json)) return null;
  try {
    return readWorkerMessage({ kind: 'update', update: { kind: 'trace', nowMs, events: JSON.parse(json) } });
  } catch {
    return null;
  }
}

function isUpdate(value: unknown): boolean {
  if (!isObject(value)) return false;
  switch (value.kind) {
    case 'trace':
      return (
        isNumber(value.nowMs) &&
        Array.isArray(value.events) &&
        value.events.every((event) => isObject(event) && isString(event.kind))
      );
    case 'load':
      return isObject(value.tick);
    case 'clock':
      return isNumber(value.nowMs) && (value.state === 'playing' || value.state === 'paused') && isNumber(value.speed);
    case 'problem':
      return isProblem(value.problem);
    case 'packets':
      return isNumber(value.missed) && Array.isArray(value.packets) && value.packets.every(isPacket);
    case 'ended':
      return isString(value.reason) && (value.problem === undefined || isProblem(value.problem));
    default:
      return false;
  }
}

function isProblem(value: unknown): boolean {
  return isObject(value) && isString(value.message) && (value.file === undefined || isString(value.file));
}

function isPacket(value: unknown): boolean {
  return (
    isObject(value) &&
    isNumber(value.atMs) &&
    isNumber(value.connection) &&
    isNumber(value.bytes) &&
    isString(value.from) &&
    isString(value.to) &&
    isString(value.fate) &&
    value.data instanceof Uint8Array
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
