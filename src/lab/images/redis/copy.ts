/** A value of its own with the same content. */
import type { Settings } from './config.ts';
import { Consumer, Group, ID_MIN, StreamValue } from './stream.ts';
import { HashValue, ListValue, SetValue, StringValue, type Value, ZsetValue } from './values.ts';

export function copyOf(value: Value, settings: Settings): Value {
  switch (value.kind) {
    case 'string':
      return new StringValue(value.text, value.origin);
    case 'list': {
      const list = new ListValue();
      list.replace(value.items.toArray());
      return list;
    }
    case 'hash': {
      const hash = new HashValue();
      for (const [field, one] of value.fields.entries()) hash.set(field, one, settings);
      return hash;
    }
    case 'set': {
      const set = new SetValue();
      for (const member of value.members.keys()) set.add(member, settings);
      return set;
    }
    case 'zset': {
      const set = new ZsetValue();
      for (const { member, score } of value.members.slice(0, value.size)) set.set(member, score, settings);
      return set;
    }
    case 'stream':
      return copyOfStream(value, settings);
  }
}

function copyOfStream(from: StreamValue, settings: Settings): StreamValue {
  const to = new StreamValue();
  const [entriesMax, bytesMax] = [settings.number('stream-node-max-entries'), settings.number('stream-node-max-bytes')];
  for (const { id, fields } of from.entriesFrom(ID_MIN)) to.add(id, fields, entriesMax, bytesMax);
  Object.assign(to, { lastId: from.lastId, maxDeletedId: from.maxDeletedId, entriesAdded: from.entriesAdded });
  for (const [name, group] of from.groups.entries()) {
    const copy = new Group(group.lastId, group.entriesRead);
    for (const { name: consumer, seenAtMs } of group.consumers.values())
      copy.consumers.set(consumer, new Consumer(consumer, seenAtMs));
    for (const [id, { consumer, deliveredAtMs, deliveries }] of group.pending.from(ID_MIN))
      copy.deliver(id, copy.consumers.get(consumer.name)!, deliveredAtMs, deliveries);
    to.groups.set(name, copy);
  }
  return to;
}
