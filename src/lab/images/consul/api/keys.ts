/** /v1/kv and /v1/txn. */
import { fromBase64, fromUtf8, toBase64 } from '../bytes.ts';
import { COST } from '../cost.ts';
import { decode, type Schema } from '../go/decode.ts';
import { quote } from '../go/duration.ts';
import { parseJson } from '../go/json.ts';
import type { KeyOperation, KeyVerb } from '../state/rows.ts';
import { badRequest, type Call, HttpError } from './context.ts';
import { keyView } from './views.ts';

const VALUE_BYTES_MAX = 512 * 1024;
const TXN_OPERATIONS_MAX = 128;
const HELP = 'https://developer.hashicorp.com/docs/agent/config/config-files#kv_max_value_size';

const NONE = { Key: '', Flags: '0', Value: null, Session: '', index: 0 } as const;

export function get(call: Call) {
  const key = call.rest;
  const { query } = call;
  if (query.has('keys')) {
    const separator = query.has('separator') ? query.get('separator') : query.get('seperator');
    return call.read(() => {
      const rows = call.store.keys.under(key);
      const index = call.store.keys.indexUnder(key, rows);
      if (rows.length === 0 && key !== '') return { index, status: 404, isMissing: true };
      return {
        index,
        json: upTo(
          rows.map(({ Key }) => Key),
          key,
          separator,
        ),
      };
    });
  }
  if (query.has('recurse'))
    return call.read(() => {
      const rows = call.store.keys.under(key);
      const index = call.store.keys.indexUnder(key, rows);
      return rows.length === 0 ? { index, status: 404, isMissing: true } : { index, json: rows.map(keyView) };
    });
  if (key === '') throw badRequest('Missing key name');
  call.read(() => {
    const row = call.store.keys.get(key);
    if (row === undefined) return { index: call.store.keys.index, status: 404, isMissing: true };
    const index = row.ModifyIndex;
    if (!query.has('raw')) return { index, json: [keyView(row)] };
    const headers = { 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': 'sandbox' };
    return { index, raw: { contentType: 'text/plain', headers, body: fromBase64(row.Value ?? '') } };
  });
}

/** Keys as they are, or cut after the first separator behind the prefix, each once. */
function upTo(keys: readonly string[], prefix: string, separator: string): readonly string[] {
  if (separator === '') return keys;
  const cut = keys.map((key) => {
    const at = key.indexOf(separator, prefix.length);
    return at < 0 ? key : key.slice(0, at + separator.length);
  });
  return cut.filter((key, i) => i === 0 || key !== cut[i - 1]);
}

export function put(call: Call) {
  const { query, request } = call;
  if (call.rest === '') throw badRequest('Missing key name');
  mustAgree(call, 'cas', 'acquire', 'release');
  const Flags = query.has('flags') ? uint64(query.get('flags')) : '0';
  let verb: KeyVerb = 'set';
  let index = 0;
  let Session = '';
  if (query.has('cas')) {
    index = Number(uint64(query.get('cas')));
    verb = 'cas';
  }
  if (query.has('acquire')) {
    Session = query.get('acquire');
    verb = 'lock';
  }
  if (query.has('release')) {
    Session = query.get('release');
    verb = 'unlock';
  }
  const size = request.body.length;
  if (size > VALUE_BYTES_MAX)
    throw new HttpError(413, `Request body(${size} bytes) too large, max size: ${VALUE_BYTES_MAX} bytes. See ${HELP}.`);
  call.parts.machine.burn(COST.kilobytesUs * (size / 4096));
  const Value = size === 0 ? null : toBase64(request.body);
  apply(call, { verb, Key: call.rest, Flags, Value, Session, index });
}

export function remove(call: Call) {
  const { query } = call;
  mustAgree(call, 'recurse', 'cas');
  if (query.has('recurse')) return apply(call, { ...NONE, verb: 'delete-tree', Key: call.rest });
  if (call.rest === '') throw badRequest('Missing key name');
  if (!query.has('cas')) return apply(call, { ...NONE, verb: 'delete', Key: call.rest });
  apply(call, { ...NONE, verb: 'delete-cas', Key: call.rest, index: Number(uint64(query.get('cas'))) });
}

function apply(call: Call, operation: KeyOperation) {
  call.checkDatacenter();
  // What was lost with its session stays free for a while.
  if (operation.verb === 'lock' && call.parts.raft.lockDelayedUntil(operation.Key) !== null) {
    call.parts.machine.log(`[WARN]  agent.server.kvs: Rejecting lock of key due to lock-delay: key=${operation.Key}`);
    return call.json(false);
  }
  call.write({ op: 'kv', operation }, ({ ok }) => call.json(ok));
}

function mustAgree(call: Call, ...flags: readonly string[]) {
  if (flags.filter((flag) => call.query.has(flag)).length > 1)
    throw badRequest(`Conflicting flags: ${call.query.encode()}\n`);
}

/** As strconv.ParseUint. */
function uint64(text: string): string {
  if (!/^\d+$/.test(text)) throw new Error(`strconv.ParseUint: parsing ${quote(text)}: invalid syntax`);
  const value = BigInt(text.slice(0, 40));
  if (text.length > 40 || value >= 1n << 64n)
    throw new Error(`strconv.ParseUint: parsing ${quote(text)}: value out of range`);
  return String(value);
}

// --- transactions

const KV = {
  Verb: 'string',
  Key: 'string',
  Value: 'base64',
  Flags: 'uint64',
  Index: 'uint64',
  Session: 'string',
} as const satisfies Schema;
const OPERATION = {
  KV: { struct: KV, name: 'KVTxnOp' },
  Node: 'any',
  Service: 'any',
  Check: 'any',
} as const satisfies Schema;

interface TxnOperation {
  readonly KV: {
    readonly Verb: string;
    readonly Key: string;
    readonly Value: string | null;
    readonly Flags: bigint;
    readonly Index: bigint;
    readonly Session: string;
  } | null;
}

const READS: readonly string[] = [
  'get',
  'get-or-empty',
  'get-tree',
  'check-index',
  'check-session',
  'check-not-exists',
];

export function txn(call: Call) {
  const { body } = call.request;
  if (body.length > VALUE_BYTES_MAX)
    throw new HttpError(413, `Request body too large, max size: ${VALUE_BYTES_MAX} bytes`);
  const operations = txnBody(fromUtf8(body));
  if (operations.length > TXN_OPERATIONS_MAX)
    throw new HttpError(413, `Transaction contains too many operations (${operations.length} > ${TXN_OPERATIONS_MAX})`);
  const list = operations.map(({ KV: kv }): KeyOperation => {
    if (kv === null) throw badRequest("Failed to parse body: the lab's Consul has only KV in transactions");
    return {
      verb: kv.Verb as KeyVerb,
      Key: kv.Key,
      Flags: String(kv.Flags),
      Value: kv.Value === '' ? null : kv.Value,
      Session: kv.Session,
      index: Number(kv.Index),
    };
  });
  const locked = list.findIndex(({ verb, Key }) => verb === 'lock' && call.parts.raft.lockDelayedUntil(Key) !== null);
  if (locked >= 0)
    return answerTxn(call, null, [
      { OpIndex: locked, What: `failed to lock key ${quote(list[locked]!.Key)} due to lock delay` },
    ]);
  if (list.every(({ verb }) => READS.includes(verb))) {
    call.checkDatacenter();
    return call.parts.raft.whenLeader(
      () => {
        const outcome = call.store.keys.transaction(0, list);
        if ('txn' in outcome) answerTxn(call, outcome.txn!.results, outcome.txn!.errors, true);
      },
      (error) => call.text(500, error),
    );
  }
  call.write({ op: 'txn', operations: list }, ({ txn: result }) => answerTxn(call, result!.results, result!.errors));
}

function txnBody(text: string): readonly TxnOperation[] {
  try {
    const raw = parseJson(text);
    if (raw === null) return [];
    if (!Array.isArray(raw)) throw new Error('json: cannot unmarshal object into Go value of type api.TxnOps');
    return raw.map((each) => decode(each, OPERATION, 'TxnOp') as unknown as TxnOperation);
  } catch (error) {
    throw badRequest(`Failed to parse body: ${(error as Error).message}`);
  }
}

function answerTxn(
  call: Call,
  results: readonly Parameters<typeof keyView>[0][] | null,
  errors: readonly { readonly OpIndex: number; readonly What: string }[] | null,
  isRead = false,
) {
  const json = {
    Results: results === null ? null : results.map((row) => ({ KV: keyView(row) })),
    Errors: errors,
    ...(isRead ? { Index: 0, LastContact: 0, KnownLeader: true, ConsistencyLevel: '', NotModified: false } : {}),
  };
  call.json(json, errors === null ? 200 : 409);
}
