/** A message as a queue holds it: immutable, its properties kept as they came until something must look at them. */
import { type Field, long, longstr, lookup, type Table, withField } from '../wire/fields.ts';
import { decodeProperties, encodeProperties, type Properties } from '../wire/properties.ts';

export type DeathReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

/** One entry of `x-death`: how often a queue let go of the message for one reason. */
export interface Death {
  readonly queue: string;
  readonly reason: DeathReason;
  readonly count: number;
  /** Of the first time, s since the epoch. */
  readonly timeS: number;
  readonly exchange: string;
  readonly routingKeys: readonly string[];
  /** The expiration that the message had, where it had one. */
  readonly expiration?: string | undefined;
}

/** Newest first. */
export interface DeathHistory {
  readonly deaths: readonly Death[];
  readonly first: Death;
}

export class Message {
  readonly exchange: string;
  /** The first is the publisher's, then those of the headers CC and BCC. */
  readonly routingKeys: readonly string[];
  /** Flags and fields as the wire has them. */
  readonly raw: Uint8Array;
  readonly body: Uint8Array;
  readonly history: DeathHistory | null;
  private decoded: Properties | null;

  constructor(
    exchange: string,
    routingKeys: readonly string[],
    raw: Uint8Array,
    body: Uint8Array,
    properties: Properties | null = null,
    history: DeathHistory | null = null,
  ) {
    this.exchange = exchange;
    this.routingKeys = routingKeys;
    this.raw = raw;
    this.body = body;
    this.decoded = properties;
    this.history = history;
  }

  get properties(): Properties {
    this.decoded ??= decodeProperties(this.raw);
    return this.decoded;
  }

  get isPersistent(): boolean {
    return this.properties.deliveryMode === 2;
  }

  get priority(): number {
    return this.properties.priority ?? 0;
  }

  /** ms, undefined when it does not expire by itself. Valid: the channel has checked. */
  get ttlMs(): number | undefined {
    const { expiration } = this.properties;
    return expiration === undefined ? undefined : Number(expiration);
  }

  /** Memory it takes, bytes; the constant is what the broker's own records of a message take. */
  get sizeBytes(): number {
    return this.body.length + this.raw.length + 160;
  }

  with(properties: Properties, exchange: string, routingKeys: readonly string[], history = this.history): Message {
    return new Message(exchange, routingKeys, encodeProperties(properties), this.body, properties, history);
  }
}

/** The keys that the publisher's headers add: `CC` and `BCC`, each an array of strings. What one is instead, as an error. */
export function headerKeys(headers: Table | undefined): readonly string[] | string {
  const keys: string[] = [];
  for (const name of ['CC', 'BCC']) {
    const field = lookup(headers, name);
    if (!field) continue;
    if (field.type !== 'array') return `{unacceptable_type_in_header,"${name}",${field.type}}`;
    for (const one of field.value as readonly Field[]) if (one.type === 'longstr') keys.push(one.value as string);
  }
  return keys;
}

/**
 * What is published to the dead letter exchange: the history has one more death, of which the headers tell, and the
 * message's own expiration is gone so that it does not expire again. As RabbitMQ 4: only deaths that the broker saw
 * count, never those in headers that a client has set (mc.erl, record_death).
 */
export function deadLetter(
  message: Message,
  queue: string,
  reason: DeathReason,
  exchange: string,
  routingKey: string | undefined,
  nowS: number,
): Message {
  const { expiration, ...rest } = message.properties;
  const cc = lookup(rest.headers, 'CC');
  const ccKeys = cc?.type === 'array' ? (cc.value as readonly Field[]).map(({ value }) => String(value)) : [];
  const known = message.history?.deaths ?? [];
  const same = known.find((death) => death.queue === queue && death.reason === reason);
  const death: Death = same
    ? { ...same, count: same.count + 1 }
    : {
        queue,
        reason,
        count: 1,
        timeS: nowS,
        exchange: message.exchange,
        routingKeys: [message.routingKeys[0]!, ...ccKeys],
        expiration,
      };
  const history: DeathHistory = {
    deaths: [death, ...known.filter((one) => one !== same)],
    first: message.history?.first ?? death,
  };
  let headers: Table = rest.headers ?? [];
  if (routingKey !== undefined) headers = headers.filter(([name]) => name !== 'CC');
  const { first } = history;
  const texts: readonly (readonly [string, string])[] = [
    ['x-first-death-exchange', first.exchange],
    ['x-first-death-queue', first.queue],
    ['x-first-death-reason', first.reason],
    ['x-last-death-exchange', message.exchange],
    ['x-last-death-queue', queue],
    ['x-last-death-reason', reason],
  ];
  for (const [name, value] of texts) headers = withField(headers, name, longstr(value));
  headers = withField(headers, 'x-death', { type: 'array', value: history.deaths.map(deathTable) });
  const keys = routingKey === undefined ? message.routingKeys : [routingKey];
  return message.with({ ...rest, headers }, exchange, keys, history);
}

function deathTable(death: Death): Field {
  const table: [string, Field][] = [
    ['count', long(death.count)],
    ['reason', longstr(death.reason)],
    ['queue', longstr(death.queue)],
    ['time', { type: 'timestamp', value: death.timeS }],
    ['exchange', longstr(death.exchange)],
    ['routing-keys', { type: 'array', value: death.routingKeys.map(longstr) }],
  ];
  if (death.expiration !== undefined) table.unshift(['original-expiration', longstr(death.expiration)]);
  return { type: 'table', value: table };
}

/** A message that came back to a queue without anyone rejecting it on the way goes round for ever: it is dropped. */
export function isCycle(message: Message, queue: string): boolean {
  const deaths = message.history?.deaths ?? [];
  const at = deaths.findIndex((death) => death.queue === queue);
  return at >= 0 && deaths.slice(0, at + 1).every(({ reason }) => reason !== 'rejected');
}

/** Properties with a header set, for those that the broker adds to a delivery. */
export function withHeader(properties: Properties, name: string, field: Field): Uint8Array {
  return encodeProperties({ ...properties, headers: withField(properties.headers ?? [], name, field) });
}
