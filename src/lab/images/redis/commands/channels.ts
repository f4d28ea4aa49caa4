/** Publishing and subscribing. */
import { lower } from '../bytes.ts';
import type { Family, Handler } from '../command.ts';
import { globMatch } from '../glob.ts';
import type { ChannelKind } from '../pubsub.ts';
import { Push, Several } from '../reply.ts';

const subscribe =
  (kind: ChannelKind): Handler =>
  ({ server, client }, [word = '', ...names]) =>
    new Several(
      names.map((name) => {
        server.pubsub.subscribe(client, kind, name);
        return new Push([lower(word), name, countOf(client, kind)]);
      }),
    );

const unsubscribe =
  (kind: ChannelKind): Handler =>
  ({ server, client }, [word = '', ...names]) => {
    const which = names.length > 0 ? names : [...client[kind]];
    if (which.length === 0) return new Push([lower(word), null, countOf(client, kind)]);
    return new Several(
      which.map((name) => {
        server.pubsub.unsubscribe(client, kind, name);
        return new Push([lower(word), name, countOf(client, kind)]);
      }),
    );
  };

type Counted = Record<ChannelKind, ReadonlySet<string>>;

const countOf = (client: Counted, kind: ChannelKind): number =>
  kind === 'shardChannels' ? client.shardChannels.size : client.channels.size + client.patterns.size;

const publish: Handler = (call, [, channel = '', message = '']) => {
  if (!call.server.isLoading) call.server.replication.feed(call.db.index, ['PUBLISH', channel, message]);
  return call.server.publish(channel, message);
};

const listed =
  (kind: 'channels' | 'shardChannels'): Handler =>
  ({ server }, [, , pattern]) =>
    [...server.pubsub[kind].keys()].filter((name) => pattern === undefined || globMatch(pattern, name));

const counted =
  (kind: 'channels' | 'shardChannels'): Handler =>
  ({ server }, [, , ...names]) =>
    names.flatMap((name) => [name, server.pubsub[kind].get(name)?.size ?? 0]);

const SUB = 'pubsub noscript loading stale';

export const channels: Family = {
  group: 'pubsub',
  rows: [
    ['psubscribe', -2, SUB, [], subscribe('patterns')],
    ['publish', 3, 'pubsub loading stale fast', [], publish],
    ['pubsub', -2, '', [], () => []],
    ['pubsub|channels', -2, 'pubsub loading stale', [], listed('channels')],
    ['pubsub|numpat', 2, 'pubsub loading stale', [], ({ server }) => server.pubsub.patterns.size],
    ['pubsub|numsub', -2, 'pubsub loading stale', [], counted('channels')],
    ['pubsub|shardchannels', -2, 'pubsub loading stale', [], listed('shardChannels')],
    ['pubsub|shardnumsub', -2, 'pubsub loading stale', [], counted('shardChannels')],
    ['punsubscribe', -1, SUB, [], unsubscribe('patterns')],
    [
      ...(['spublish', 3, 'pubsub loading stale fast', [1, 1, 1]] as const),
      ({ server }, [, channel = '', message = '']) => server.pubsub.publishToShard(channel, message),
    ],
    ['ssubscribe', -2, SUB, [1, -1, 1], subscribe('shardChannels')],
    ['subscribe', -2, SUB, [], subscribe('channels')],
    ['sunsubscribe', -1, SUB, [1, -1, 1], unsubscribe('shardChannels')],
    ['unsubscribe', -1, SUB, [], unsubscribe('channels')],
  ],
};
