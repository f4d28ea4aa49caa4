/**
 * Consul as a process of the lab: a registry of services and their health, with keys, locks and sessions. One agent that
 * is a cluster of one server, as `consul agent -dev` or `-server -bootstrap-expect=1` start it.
 *
 * - `node.ts`    the process; `options.ts` its command line and configuration, `tool.ts` the `consul` command
 * - `http/`      the protocol: requests as Go's net/http reads them, and the client of HTTP checks
 * - `api/`       /v1: what each endpoint answers; `context.ts` blocking queries and writes
 * - `local/`     the agent's own services and checks, and how they come into the catalog
 * - `raft.ts`    the log that makes writes durable; `state/` what its commands build
 * - `go/`        JSON, durations, structs and their errors as Go words them
 *
 * Not here: other servers and agents (joining, gossip, failover), DNS, ACLs, the mesh, prepared queries, events, gRPC.
 */
import type { ServerProgram } from '../server.ts';
import { Node } from './node.ts';

const program: ServerProgram = { start: (machine) => new Node(machine) };

export default program;
