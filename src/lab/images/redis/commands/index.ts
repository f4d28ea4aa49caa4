/** All commands, by what they are about. A row of a family is a command: name, arity, flags, keys, handler. */
import type { Family } from '../command.ts';
import { acl } from './acl.ts';
import { administration } from './administration.ts';
import { bits } from './bits.ts';
import { blockingLists } from './blocking-lists.ts';
import { channels } from './channels.ts';
import { clientCommands } from './client-commands.ts';
import { connection } from './connection.ts';
import { expiries } from './expiries.ts';
import { hashes } from './hashes.ts';
import { introspection } from './introspection.ts';
import { keysFamily } from './keys.ts';
import { lists } from './lists.ts';
import { scripting } from './scripting.ts';
import { sets } from './sets.ts';
import { sorting } from './sort.ts';
import { streamGroups } from './stream-groups.ts';
import { streamInfo } from './stream-info.ts';
import { streamReads } from './stream-reads.ts';
import { streams } from './streams.ts';
import { strings } from './strings.ts';
import { transactions } from './transactions.ts';
import { zsetAlgebra } from './zset-algebra.ts';
import { zsets } from './zsets.ts';

/** Called when the table is first needed: some families ask the table itself. */
export const families = (): readonly Family[] => [
  ...[strings, bits, lists, blockingLists, hashes, sets, zsets, zsetAlgebra],
  ...[streams, streamReads, streamGroups, streamInfo, keysFamily, expiries, sorting],
  ...[channels, transactions, scripting, connection, clientCommands, introspection, administration, acl],
];
