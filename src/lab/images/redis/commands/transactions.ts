/** MULTI, EXEC, DISCARD, WATCH. */
import type { Family, Handler } from '../command.ts';
import { endTransaction, exec } from '../execute.ts';
import { fail, OK } from '../reply.ts';

const multi: Handler = ({ client }) => {
  if (client.queued) throw fail('MULTI calls can not be nested');
  client.queued = [];
  return OK;
};

const discard: Handler = ({ server, client }) => {
  if (!client.queued) throw fail('DISCARD without MULTI');
  endTransaction(server, client);
  return OK;
};

const watch: Handler = ({ server, client, db }, [, ...keys]) => {
  if (client.queued) throw fail('WATCH inside MULTI is not allowed');
  // Spoiled already: nothing that is watched now can help.
  if (!client.isWatchSpoiled) for (const key of keys) server.watch(client, db, key);
  return OK;
};

const unwatch: Handler = ({ server, client }) => {
  server.unwatch(client);
  return OK;
};

const FLAGS = 'noscript loading stale fast allow_busy';

export const transactions: Family = {
  group: 'transactions',
  rows: [
    ['discard', 1, FLAGS, [], discard],
    ['exec', 1, 'noscript loading stale skip_slowlog', [], exec],
    ['multi', 1, FLAGS, [], multi],
    ['unwatch', 1, FLAGS, [], unwatch],
    ['watch', -2, FLAGS, [1, -1, 1], watch],
  ],
};
