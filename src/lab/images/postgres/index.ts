/**
 * PostgreSQL 15 as a process of the lab.
 *
 * The decision. PGlite is PostgreSQL itself, compiled to WebAssembly, but it has one session, the host's wall clock and
 * more than 3 MB: two transactions cannot contend in it, and not under a virtual clock. What the lessons need is the
 * contention: lost updates, write skew, deadlocks, races of ON CONFLICT. So this is an engine of our own with real
 * concurrent sessions. Its behaviour is compared with Debian's PostgreSQL 15, statement by statement.
 *
 * Where things are:
 * - `sql/` text → syntax tree; `types/` values; `functions/` what can be called; `catalog/` tables and what describes them
 * - `storage/` versions of rows, snapshots, the lock manager, serializable isolation, B-trees, the write-ahead log
 * - `run/` analysis, plans, INSERT … UPDATE … DELETE with their waiting, foreign keys, definitions
 * - `session/` transactions, the wire protocol, the server with its start, recovery and stop; `tool/` psql, pg_isready
 * - `cost.ts` what work costs; start reading at `session/postmaster.ts`, then `session/backend.ts`, `run/modify.ts`
 *
 * Limits, beside those in differences.ts:
 * - One process is one CPU: backends take turns of some milliseconds, where PostgreSQL would use all cores.
 * - Text is ordered by code points, as in PostgreSQL's alpine images; every session is in UTC.
 * - No procedural language, triggers, rules, inheritance, partitions, COPY, replication, prepared transactions.
 * - Whole transactions are logged at commit, so the log's volume is not PostgreSQL's; checkpoints write everything.
 */
import type { ServerMachine, ServerProgram } from '../server.ts';
import { defineFunctions } from './functions/index.ts';
import { Postmaster } from './session/postmaster.ts';

const program: ServerProgram = {
  start(machine: ServerMachine) {
    defineFunctions();
    return new Postmaster(machine);
  },
};

export default program;
