/** What a channel checks of a message before it is routed, and the keys that the message's own headers add. */
import { headerKeys, type Message } from '../broker/message.ts';
import { ShortInput } from '../wire/buffer.ts';
import { BadField } from '../wire/fields.ts';
import type { Properties } from '../wire/properties.ts';
import { AmqpError, failed } from './errors.ts';

/** Direct reply-to: a queue that is none. */
export const REPLY_TO = 'amq.rabbitmq.reply-to';

/** Throws; what cannot be decoded is an internal error of the server, as there. */
export function checkMessage(message: Message, user: string, replyAddress: string | undefined): Message {
  let properties: Properties;
  try {
    properties = message.properties;
  } catch (error) {
    if (!(error instanceof BadField || error instanceof ShortInput)) throw error;
    throw new AmqpError('internal_error', null);
  }
  const { userId, expiration } = properties;
  let changed: Properties = properties;
  if (properties.replyTo === REPLY_TO) {
    if (replyAddress === undefined) throw failed('fast reply consumer does not exist');
    changed = { ...changed, replyTo: replyAddress };
  }
  if (userId !== undefined && userId !== user) {
    throw failed(`user_id property set to '${userId}' but authenticated user was '${user}'`);
  }
  if (expiration !== undefined) checkExpiration(expiration);
  const keys = headerKeys(properties.headers);
  if (typeof keys === 'string') throw failed(`invalid message: ${keys}`);
  if (keys.length === 0 && changed === properties) return message;
  const headers = properties.headers?.filter(([name]) => name !== 'BCC');
  const all = headers ? { ...changed, headers } : changed;
  return message.with(all, message.exchange, [...message.routingKeys, ...keys]);
}

function checkExpiration(text: string): void {
  const refuse = (why: string) => failed(`invalid expiration '${text}': ${why}`);
  const match = /^([+-]?\d+)(.*)$/s.exec(text);
  if (!match) throw refuse('no_integer');
  if (match[2] !== '') throw refuse(`{leftover_string,"${match[2]}"}`);
  const value = Number(match[1]);
  if (value < 0) throw refuse(`{value_negative,${value}}`);
}
