/** The arguments of `queue.declare`: which there are for each type of queue, which values they take, what they come to. */
import { AmqpError, failed, rs } from '../protocol/errors.ts';
import { type Field, isInteger, isSameField, lookup, type Table } from '../wire/fields.ts';

export type QueueType = 'classic' | 'quorum';

export interface QueueSettings {
  readonly type: QueueType;
  readonly ttlMs: number | undefined;
  readonly expiresMs: number | undefined;
  readonly lengthMax: number;
  readonly bytesMax: number;
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx';
  readonly deadLetterExchange: string | undefined;
  readonly deadLetterKey: string | undefined;
  readonly priorityMax: number;
  readonly isSingleActive: boolean;
  /** Infinity when there is none. */
  readonly deliveryLimit: number;
}

/** Of RabbitMQ 4; earlier versions had none. */
const DELIVERY_LIMIT = 20;

const CLASSIC_ARGS: readonly string[] = [
  'x-expires',
  'x-message-ttl',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-priority',
  'x-overflow',
  'x-queue-mode',
  'x-queue-version',
  'x-single-active-consumer',
  'x-queue-type',
  'x-queue-master-locator',
  'x-queue-leader-locator',
];
const QUORUM_ARGS: readonly string[] = [
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-dead-letter-strategy',
  'x-expires',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-in-memory-length',
  'x-max-in-memory-bytes',
  'x-overflow',
  'x-single-active-consumer',
  'x-queue-type',
  'x-quorum-initial-group-size',
  'x-delivery-limit',
  'x-message-ttl',
  'x-queue-leader-locator',
];
const STREAM_ARGS: readonly string[] = [
  'x-max-age',
  'x-stream-max-segment-size-bytes',
  'x-stream-filter-size-bytes',
  'x-initial-cluster-size',
];
const ALL_ARGS: ReadonlySet<string> = new Set([...CLASSIC_ARGS, ...QUORUM_ARGS, ...STREAM_ARGS]);

/** Null when the value is right, else Erlang's term for what is wrong. */
type Check = (field: Field, args: Table) => string | null;

const integer: Check = (field) => (isInteger(field) ? null : `"expected integer, got ${field.type}"`);
const notNegative: Check = (field, args) =>
  integer(field, args) ?? (Number(field.value) < 0 ? `{value_negative,${field.value}}` : null);
const expiry = (value: Field['value']): string | null => (Number(value) < 0 ? `{value_negative,${value}}` : null);
const text: Check = (field) => (field.type === 'longstr' ? null : `{unacceptable_type,${field.type}}`);
const oneOf =
  (values: readonly string[], error: string): Check =>
  (field, args) =>
    text(field, args) ?? (values.includes(field.value as string) ? null : error);

const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  [
    'x-expires',
    (field, args) => integer(field, args) ?? (Number(field.value) === 0 ? '{value_zero,0}' : expiry(field.value)),
  ],
  ['x-message-ttl', (field, args) => integer(field, args) ?? expiry(field.value)],
  ['x-dead-letter-exchange', text],
  [
    'x-dead-letter-routing-key',
    (field, args) =>
      text(field, args) ?? (lookup(args, 'x-dead-letter-exchange') ? null : 'routing_key_but_no_dlx_defined'),
  ],
  ['x-dead-letter-strategy', oneOf(['at-most-once', 'at-least-once'], 'invalid_dlx_strategy')],
  ['x-max-length', notNegative],
  ['x-max-length-bytes', notNegative],
  ['x-max-in-memory-length', notNegative],
  ['x-max-in-memory-bytes', notNegative],
  [
    'x-max-priority',
    (field, args) =>
      notNegative(field, args) ?? (Number(field.value) > 255 ? `{max_value_exceeded,${field.value}}` : null),
  ],
  ['x-overflow', oneOf(['drop-head', 'reject-publish', 'reject-publish-dlx'], 'invalid_overflow')],
  [
    'x-queue-mode',
    (field, args) =>
      text(field, args) ??
      (['default', 'lazy'].includes(field.value as string) ? null : `"unsupported queue mode '${field.value}'"`),
  ],
  ['x-single-active-consumer', (field) => (field.type === 'bool' ? null : `{unacceptable_type,${field.type}}`)],
  [
    'x-quorum-initial-group-size',
    (field, args) => notNegative(field, args) ?? (Number(field.value) === 0 ? '{value_zero,0}' : null),
  ],
];

const checkType: Check = (field, args) =>
  text(field, args) ??
  (['classic', 'quorum', 'stream'].includes(field.value as string)
    ? null
    : `"unsupported queue type '${field.value}'"`);

/** Throws what the server answers to arguments that it does not take. */
export function checkArgs(name: string, vhost: string, args: Table): QueueType {
  const queue = rs('queue', name, vhost);
  const refuse = (arg: string, error: string) => failed(`invalid arg '${arg}' for ${queue}: ${error}`);
  const typeField = lookup(args, 'x-queue-type');
  const typeError = typeField ? checkType(typeField, args) : null;
  if (typeError !== null) throw refuse('x-queue-type', typeError);
  const asked = (typeField?.value as string | undefined) ?? 'classic';
  if (asked === 'stream') {
    throw new AmqpError(
      'internal_error',
      `Cannot declare a queue '${queue}' of type 'rabbit_stream_queue' on node: the lab has no streams`,
    );
  }
  const type = asked as QueueType;
  const own = type === 'classic' ? CLASSIC_ARGS : QUORUM_ARGS;
  for (const [arg, check] of CHECKS) {
    const field = own.includes(arg) ? lookup(args, arg) : undefined;
    const error = field ? check(field, args) : null;
    if (error !== null) throw refuse(arg, error);
  }
  for (const [arg] of args) {
    if (ALL_ARGS.has(arg) && !own.includes(arg)) {
      throw failed(`invalid arg '${arg}' for ${queue} of queue type rabbit_${type}_queue`);
    }
  }
  return type;
}

export function settingsOf(type: QueueType, args: Table): QueueSettings {
  const number = (name: string): number | undefined => {
    const field = lookup(args, name);
    return field && isInteger(field) ? Number(field.value) : undefined;
  };
  const string = (name: string): string | undefined => {
    const field = lookup(args, name);
    return field?.type === 'longstr' ? (field.value as string) : undefined;
  };
  const limit = number('x-delivery-limit') ?? DELIVERY_LIMIT;
  return {
    type,
    ttlMs: number('x-message-ttl'),
    expiresMs: number('x-expires'),
    lengthMax: number('x-max-length') ?? Infinity,
    bytesMax: number('x-max-length-bytes') ?? Infinity,
    overflow: (string('x-overflow') as QueueSettings['overflow'] | undefined) ?? 'drop-head',
    deadLetterExchange: string('x-dead-letter-exchange'),
    deadLetterKey: string('x-dead-letter-routing-key'),
    priorityMax: number('x-max-priority') ?? 0,
    isSingleActive: lookup(args, 'x-single-active-consumer')?.value === true,
    deliveryLimit: type === 'classic' || limit < 0 ? Infinity : limit,
  };
}

/** Throws when a queue that is there was declared with other arguments. */
export function assertSameArgs(type: QueueType, current: Table, wanted: Table, name: string, vhost: string): void {
  assertEquivalent(type === 'classic' ? CLASSIC_ARGS : QUORUM_ARGS, current, wanted, rs('queue', name, vhost));
}

export function assertEquivalent(names: readonly string[], current: Table, wanted: Table, what: string): void {
  for (const name of names) {
    const [is, asked] = [lookup(current, name), lookup(wanted, name)];
    if (is && asked) {
      if (isSameField(is, asked)) continue;
      throw inequivalent(name, what, `'${valueText(asked)}'`, `'${valueText(is)}'`);
    }
    if (!is && !asked) continue;
    if (name === 'x-queue-type' && (is ?? asked)!.value === 'classic') continue;
    throw inequivalent(name, what, typedText(asked), typedText(is));
  }
}

export function assertField(key: string, what: string, is: string | boolean, asked: string | boolean): void {
  if (is !== asked) throw inequivalent(key, what, `'${asked}'`, `'${is}'`);
}

function inequivalent(key: string, what: string, received: string, current: string): AmqpError {
  return failed(`inequivalent arg '${key}' for ${what}: received ${received} but current is ${current}`);
}

function typedText(field: Field | undefined): string {
  return field ? `the value '${valueText(field)}' of type '${field.type}'` : 'none';
}

function valueText({ value }: Field): string {
  return String(value);
}
