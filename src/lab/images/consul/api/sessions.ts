/** /v1/session. */
import { fromUtf8, uuid } from '../bytes.ts';
import { decode, type Schema } from '../go/decode.ts';
import { formatDuration, parseDuration, SECOND } from '../go/duration.ts';
import { parseJson } from '../go/json.ts';
import type { SessionRow } from '../state/rows.ts';
import { badRequest, type Call, HttpError } from './context.ts';
import { sessionView } from './views.ts';

const TTL_MIN_NS = 10 * SECOND;
const TTL_MAX_NS = 86_400 * SECOND;
const LOCK_DELAY_NS = 15 * SECOND;
/** Smaller numbers are meant as seconds. */
const LOCK_DELAY_SECONDS_MAX = 1000;

const SCHEMA = {
  Name: 'string',
  Node: 'string',
  LockDelay: 'any',
  Behavior: 'string',
  TTL: 'string',
  Checks: 'strings',
  NodeChecks: 'strings',
  ServiceChecks: { list: { ID: 'string', Namespace: 'string' }, name: 'ServiceCheck' },
} as const satisfies Schema;

interface Body {
  readonly Name: string;
  readonly Node: string;
  readonly LockDelay: unknown;
  readonly Behavior: string;
  readonly TTL: string;
  readonly Checks: readonly string[] | null;
  readonly NodeChecks: readonly string[] | null;
  readonly ServiceChecks: readonly { readonly ID: string }[] | null;
}

export function create(call: Call): void {
  const { machine, options, sessionTimers } = call.parts;
  const body = bodyOf(call);
  const Behavior = body.Behavior === '' ? 'release' : body.Behavior;
  if (Behavior !== 'release' && Behavior !== 'delete') throw new Error(`Invalid Behavior setting '${body.Behavior}'`);
  mustBeTtl(body.TTL);
  const ID = uuid(machine.fillRandom);
  // Given as null or a list, also an empty one, it replaces the check of the node.
  const NodeChecks = body.Checks ?? body.NodeChecks ?? ['serfHealth'];
  const session = {
    ID,
    Name: body.Name,
    Node: body.Node || options.nodeName,
    LockDelayNs: lockDelay(body.LockDelay),
    Behavior,
    TTL: body.TTL,
    NodeChecks,
    ServiceChecks: body.ServiceChecks,
  } as const;
  call.write({ op: 'session-create', session }, () => {
    sessionTimers.reset(ID);
    call.json({ ID });
  });
}

function bodyOf(call: Call): Body {
  const { body } = call.request;
  try {
    // A request without a body means the defaults.
    return decode(body.length === 0 ? null : parseJson(fromUtf8(body)), SCHEMA, 'Session') as unknown as Body;
  } catch (error) {
    throw badRequest(`Request decode failed: ${(error as Error).message}`);
  }
}

/** ns. */
function lockDelay(value: unknown): number {
  if (value === null || value === undefined) return LOCK_DELAY_NS;
  let ns: number;
  try {
    ns = typeof value === 'string' ? parseDuration(value) : Number(value);
  } catch (error) {
    throw badRequest(`Request decode failed: ${(error as Error).message}`);
  }
  if (!Number.isFinite(ns))
    throw badRequest(
      'Request decode failed: json: cannot unmarshal object into Go struct field Session.LockDelay of type time.Duration',
    );
  return Math.max(0, ns < LOCK_DELAY_SECONDS_MAX ? ns * SECOND : Math.trunc(ns));
}

function mustBeTtl(text: string): void {
  if (text === '') return;
  let ns: number;
  try {
    ns = parseDuration(text);
  } catch (error) {
    throw new Error(`Session TTL '${text}' invalid: ${(error as Error).message}`);
  }
  if (ns !== 0 && (ns < TTL_MIN_NS || ns > TTL_MAX_NS))
    throw new Error(
      `Invalid Session TTL '${ns}', must be between [${formatDuration(TTL_MIN_NS)}=${formatDuration(TTL_MAX_NS)}]`,
    );
}

export function destroy(call: Call): void {
  if (call.rest === '') throw badRequest('Missing session');
  call.write({ op: 'session-destroy', id: call.rest }, () => {
    call.parts.sessionTimers.clear(call.rest);
    call.json(true);
  });
}

export function renew(call: Call): void {
  if (call.rest === '') throw badRequest('Missing session');
  call.checkDatacenter();
  call.parts.raft.whenLeader(
    () =>
      call.guard(() => {
        const row = call.store.sessions.rows.get(call.rest);
        if (row === undefined) throw new HttpError(404, `Session id '${call.rest}' not found`);
        call.parts.sessionTimers.reset(call.rest);
        call.json([sessionView(row)]);
      }),
    (error) => call.text(500, error),
  );
}

export function info(call: Call): void {
  if (call.rest === '') throw badRequest('Missing session');
  read(call, ({ ID }) => ID === call.rest);
}

export function list(call: Call): void {
  read(call, () => true);
}

export function ofNode(call: Call): void {
  if (call.rest === '') throw badRequest('Missing node name');
  read(call, ({ Node }) => Node.toLowerCase() === call.rest.toLowerCase());
}

function read(call: Call, matches: (row: SessionRow) => boolean): void {
  call.read(() => ({
    index: call.store.maxIndex('sessions'),
    json: [...call.store.sessions.rows.values()]
      .filter(matches)
      .sort((a, b) => (a.ID < b.ID ? -1 : 1))
      .map(sessionView),
  }));
}
