/** What differs from Debian's PostgreSQL 15, for the generated page. */
import type { Difference } from '../difference.ts';

export const version = '15.18';

export const supported: readonly string[] = [
  'SELECT with joins, LATERAL, WITH [RECURSIVE], subqueries, GROUP BY, HAVING, DISTINCT [ON], window functions, UNION, INTERSECT, EXCEPT, VALUES, FOR [NO KEY] UPDATE, FOR [KEY] SHARE, NOWAIT, SKIP LOCKED',
  'INSERT … ON CONFLICT … RETURNING, UPDATE … FROM … RETURNING, DELETE … USING … RETURNING, also in WITH',
  'BEGIN, COMMIT, ROLLBACK [AND CHAIN], SAVEPOINT, RELEASE, ROLLBACK TO, SET TRANSACTION, SET CONSTRAINTS, LOCK TABLE',
  'CREATE, ALTER, DROP TABLE; CHECK, UNIQUE, PRIMARY KEY, FOREIGN KEY with actions, EXCLUDE, identity, serial, generated columns; TRUNCATE',
  'CREATE [UNIQUE] INDEX [CONCURRENTLY], on expressions and partial; CREATE SEQUENCE, TYPE AS ENUM, DOMAIN, VIEW, SCHEMA, DATABASE',
  'LISTEN, NOTIFY, UNLISTEN; PREPARE, EXECUTE, DEALLOCATE; DECLARE, FETCH, MOVE, CLOSE; SET, SHOW, RESET, DISCARD; EXPLAIN [ANALYZE]; VACUUM, ANALYZE, CHECKPOINT',
  'boolean, smallint, integer, bigint, numeric, real, double precision, text, varchar, char, bytea, date, time, timestamp, timestamptz, interval, uuid, json, jsonb, enums, domains, arrays, ranges',
  'READ COMMITTED, REPEATABLE READ, SERIALIZABLE; deadlock detection; advisory locks; statement_timeout, lock_timeout, idle_in_transaction_session_timeout; cancel requests',
  'pg_catalog and information_schema as far as kysely and psql ask; pg_stat_activity, pg_locks, pg_blocking_pids',
  'protocol 3.0: simple and extended queries, portals with row limits, text and binary formats; trust, password, scram-sha-256',
  'psql -c -t -A -F -X --csv, \\dt \\d \\di \\dn \\l; pg_isready; /docker-entrypoint-initdb.d/*.sql',
];

export const differences: readonly Difference[] = [
  {
    what: 'PL/pgSQL, CREATE FUNCTION, triggers, rules, DO, MERGE, COPY, partitions, inheritance, materialized views, roles and rights',
    real: 'present',
    lab: 'error 0A000 that names the feature; GRANT is accepted and does nothing, every user may do everything',
    why: 'the lessons are about transactions and their contention',
  },
  {
    what: 'CPU',
    real: 'one process a connection, on all cores',
    lab: 'all backends share the one CPU of the container and take turns of 4 ms',
    why: 'a process of the lab has one CPU',
  },
  {
    what: 'Time zones',
    real: 'all of the tz database',
    lab: 'every session is in UTC; AT TIME ZONE takes UTC and fixed offsets',
    why: 'the database of zones is larger than the engine',
  },
  {
    what: 'Order of text',
    real: "by the locale; en_US.utf8 in Docker's Debian image",
    lab: "by code points, as in Docker's alpine image and in C.UTF-8",
    why: 'locale data is large and differs between systems',
  },
  {
    what: 'Plans',
    real: 'chosen by statistics; bitmap scans, merge joins, parallel plans',
    lab: 'an index whenever a condition fits its first columns, else a sequential scan; nested loops and hash joins; costs in EXPLAIN are estimates without statistics',
    why: 'the plan decides cost and, under SERIALIZABLE, which reads are tracked; small tables behave alike',
  },
  {
    what: 'WAL',
    real: 'every change as it is made, full pages, 16 MB files, max_wal_size 1 GB',
    lab: 'one record a transaction at commit; a checkpoint after 4 MB writes all rows',
    why: 'the same survives a crash, with less code',
  },
  {
    what: 'SERIALIZABLE on indexes of more than 300 entries',
    real: 'locks pages of the index',
    lab: 'locks ranges of keys: fewer transactions fail',
    why: 'pages are not modelled',
  },
  {
    what: 'A subquery that depends on the row around it and would wait for a lock',
    real: 'waits',
    lab: 'error 0A000; subqueries that do not depend on it wait as they should',
    why: 'such an expression is computed without a pause',
  },
  {
    what: 'pg_sleep, pg_advisory_lock inside CASE or INSERT … VALUES',
    real: 'called when CASE comes to it',
    lab: 'called before the expression; refused in VALUES, UPDATE and DELETE',
    why: 'calls that wait are made before the row is computed',
  },
  {
    what: 'VIEWs after a column or table they use is renamed; changes through views',
    real: 'follow the renaming; simple views can be updated',
    lab: 'look for the old name; changes through a view are refused',
    why: 'views are kept as they were written',
  },
  {
    what: 'exp, ln, power, sin and their kin',
    real: "the C library's, to the last bit",
    lab: 'rounded to 15 digits; power of numeric by whole numbers only',
    why: 'JavaScript engines differ in the last bit',
  },
  {
    what: 'Regular expressions',
    real: "Tcl's advanced regular expressions, longest match",
    lab: "JavaScript's, first match",
    why: 'one engine for patterns; usual patterns agree',
  },
  {
    what: 'Deferrable unique constraints, WITH HOLD cursors, FETCH backwards, GROUPING SETS, FULL JOIN … USING, TABLESAMPLE',
    real: 'present',
    lab: 'error 0A000',
    why: 'not yet written',
  },
  {
    what: 'Fields F, L, R of errors (file, line, routine)',
    real: 'where in the C sources',
    lab: 'the same three words for all',
    why: 'there are no C sources',
  },
];
