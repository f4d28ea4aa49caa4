/** What the two sides tell each other before anything else. */
import type { Broker } from '../broker/broker.ts';
import { ERLANG_VERSION, VERSION } from '../version.ts';
import { fromText } from '../wire/bytes.ts';
import { bool, longstr, type Table } from '../wire/fields.ts';

export const MECHANISMS = 'PLAIN AMQPLAIN';
export const LOCALES = 'en_US';

export function serverProperties(broker: Broker): Table {
  const capabilities = [
    'publisher_confirms',
    'exchange_exchange_bindings',
    'basic.nack',
    'consumer_cancel_notify',
    'connection.blocked',
    'consumer_priorities',
    'authentication_failure_close',
    'per_consumer_qos',
    'direct_reply_to',
  ];
  return [
    ['capabilities', { type: 'table', value: capabilities.map((name) => [name, bool(true)] as const) }],
    ['cluster_name', longstr(fromText(broker.nodeName))],
    ['copyright', longstr('Copyright (c) 2007-2025 Broadcom Inc and/or its subsidiaries')],
    ['information', longstr('Licensed under the MPL 2.0. Website: https://rabbitmq.com')],
    ['platform', longstr(`Erlang/OTP ${ERLANG_VERSION}`)],
    ['product', longstr('RabbitMQ')],
    ['version', longstr(VERSION)],
  ];
}

/** Of PLAIN `\0user\0password`; of AMQPLAIN a table without its length, of which the two fields are looked for. */
export function plainCredentials(mechanism: string, response: string): { user: string; password: string } | null {
  if (mechanism === 'PLAIN') {
    const parts = response.split('\0');
    return parts.length === 3 ? { user: parts[1]!, password: parts[2]! } : null;
  }
  const user = amqplainField(response, 'LOGIN');
  const password = amqplainField(response, 'PASSWORD');
  return user === null || password === null ? null : { user, password };
}

function amqplainField(response: string, name: string): string | null {
  const at = response.indexOf(`${String.fromCharCode(name.length)}${name}S`);
  if (at < 0) return null;
  const from = at + name.length + 2;
  const length = [0, 1, 2, 3].reduce((sum, i) => sum * 256 + (response.charCodeAt(from + i) || 0), 0);
  return response.length >= from + 4 + length ? response.slice(from + 4, from + 4 + length) : null;
}
