/**
 * What work costs in virtual µs. PostgreSQL's own planner says how costs relate (cpu_tuple_cost 0.01, cpu_index_tuple_cost
 * 0.005, cpu_operator_cost 0.0025; postgresql.conf); the scale comes from published rates: pgbench -S, one SELECT by
 * primary key a transaction, reaches 15,000 to 25,000 a second on one core (pgbench of the 15 and 16 release notes'
 * benchmarks, EDB and Percona, 2022-2023), so 40 to 65 µs a statement with its messages; a sequential scan reads 5 to 10
 * million small rows a second on one core. An fsync costs what the machine's disk says.
 */

/** Reading a message, finding the command, answering. */
export const MESSAGE_US = 6;
/** Parsing and analysis of a statement, µs, and more by its length. */
export const PARSE_US = 12;
export const PARSE_US_PER_CHARACTER = 0.04;
/** Planning and starting a plan. */
export const PLAN_US = 15;
/** Running a plan that was planned before. */
export const START_US = 8;
/** A row met by a sequential scan. */
export const ROW_US = 0.15;
/** Descending an index. */
export const PROBE_US = 3;
/** An entry of an index and its row. */
export const ENTRY_US = 0.4;
/** A row that is joined, grouped or sorted. */
export const STEP_US = 0.1;
/** Writing a version of a row and its WAL record. */
export const WRITE_US = 6;
/** An entry of an index written. */
export const INDEX_WRITE_US = 2;
/** A row sent to the client. */
export const SEND_US = 0.5;
/** Beginning and ending a transaction. */
export const TRANSACTION_US = 4;
/** fork, authentication and cache loading of a new connection; 1-2 ms are published for local connections. */
export const CONNECT_US = 1500;
