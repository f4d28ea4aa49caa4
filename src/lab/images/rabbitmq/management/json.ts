/** Between field tables and JSON, as the management API has them. */
import { base64, fromText, isUtf8, ofBinary, readable } from '../wire/bytes.ts';
import { bool, type Field, long, longstr, type Table } from '../wire/fields.ts';
import type { Properties } from '../wire/properties.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export function jsonOfTable(table: Table): { [name: string]: Json } {
  // The first of a name counts, so it is set last.
  return Object.fromEntries(table.toReversed().map(([name, field]) => [readable(name), jsonOf(field)]));
}

function jsonOf({ type, value }: Field): Json {
  switch (type) {
    case 'table':
      return jsonOfTable(value as Table);
    case 'array':
      return (value as readonly Field[]).map(jsonOf);
    case 'decimal': {
      const [scale, unscaled] = value as readonly [number, number];
      return Number(`${unscaled}e-${scale}`);
    }
    default:
      return typeof value === 'bigint' ? Number(value) : typeof value === 'string' ? readable(value) : (value as Json);
  }
}

export function tableOf(json: unknown): Table {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return [];
  return Object.entries(json).map(([name, value]) => [fromText(name), fieldOf(value)] as const);
}

function fieldOf(json: unknown): Field {
  if (typeof json === 'string') return longstr(fromText(json));
  if (typeof json === 'boolean') return bool(json);
  if (typeof json === 'number') return Number.isInteger(json) ? long(json) : { type: 'double', value: json };
  if (Array.isArray(json)) return { type: 'array', value: json.map(fieldOf) };
  if (json === null || json === undefined) return { type: 'void', value: null };
  return { type: 'table', value: tableOf(json) };
}

const NAMES: readonly (readonly [json: string, name: Exclude<keyof Properties, 'headers'>])[] = [
  ['type', 'type'],
  ['message_id', 'messageId'],
  ['user_id', 'userId'],
  ['app_id', 'appId'],
  ['timestamp', 'timestamp'],
  ['expiration', 'expiration'],
  ['reply_to', 'replyTo'],
  ['correlation_id', 'correlationId'],
  ['priority', 'priority'],
  ['delivery_mode', 'deliveryMode'],
  ['content_encoding', 'contentEncoding'],
  ['content_type', 'contentType'],
  ['cluster_id', 'clusterId'],
];

/** An empty array where there are none, as the API has it. */
export function jsonOfProperties(properties: Properties): Json {
  const object: { [name: string]: Json } = {};
  for (const [json, name] of NAMES) {
    const value = properties[name];
    if (value !== undefined) object[json] = typeof value === 'string' ? readable(value) : Number(value);
  }
  if (properties.headers) object.headers = jsonOfTable(properties.headers);
  return Object.keys(object).length === 0 ? [] : object;
}

export function propertiesOf(json: unknown): Properties {
  if (typeof json !== 'object' || json === null) return {};
  const from = json as Record<string, unknown>;
  const properties: Record<string, unknown> = {};
  for (const [name, to] of NAMES) {
    const value = from[name];
    if (typeof value === 'number') properties[to] = value;
    else if (typeof value === 'string') properties[to] = fromText(value);
  }
  if (typeof from.headers === 'object' && from.headers !== null) properties.headers = tableOf(from.headers);
  return properties;
}

/** A body for people: text where it is UTF-8, else base 64. */
export function payloadOf(body: Uint8Array, encoding: 'auto' | 'base64', truncate: number | undefined) {
  const cut = truncate === undefined ? body : body.subarray(0, truncate);
  let binary = '';
  for (const byte of cut) binary += String.fromCharCode(byte);
  return encoding === 'auto' && isUtf8(binary)
    ? { payload: readable(binary), payload_encoding: 'string' }
    : { payload: base64(ofBinary(binary)), payload_encoding: 'base64' };
}
