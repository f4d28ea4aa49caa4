/**
 * HAProxy as a process of the lab: what a load balancer in front of services does, from the usual subset of haproxy.cfg.
 *
 * - `config/`   the file: words, keywords, what they come to
 * - `balance/`  backends and their servers: choice, queue, health
 * - `http/`     mode http: messages, rules, sessions, kept connections;  `tcp.ts` mode tcp
 * - `stats.ts`  the statistics page
 *
 * Not here: TLS, HTTP/2, stick tables, cookies, compression, Lua, the runtime socket.
 */
import type { ServerProgram } from '../server.ts';
import { Node } from './node.ts';

const program: ServerProgram = { start: (machine) => new Node(machine) };

export default program;
