/** What of Consul the lab's image does, and where it differs: the site's page is made of it. */
import type { Difference } from '../difference.ts';
import { ENDPOINTS } from './api/router.ts';
import { VERSION } from './cost.ts';

export const version = VERSION;

export const supported: readonly string[] = [
  ...ENDPOINTS,
  '?index, ?wait: blocking queries',
  '?consistent, ?stale, ?max_stale, ?dc, ?filter, ?pretty, ?node-meta, ?tag, ?passing',
  'checks: TTL, HTTP, TCP; success_before_passing, failures_before_warning, failures_before_critical',
  'deregister_critical_service_after',
  'agent -dev, -server -bootstrap-expect=1 -data-dir; configuration in JSON, CONSUL_LOCAL_CONFIG',
  'consul members, catalog, kv, info, services deregister, operator raft list-peers, leave, version',
];

export const differences: readonly Difference[] = [
  {
    what: 'How this was compared',
    real: 'no Consul was at hand: Debian has no package of it, for its licence (BUSL) is not free',
    lab: 'its API documentation, source and own tests were read, and the npm client consul runs against the image unmodified',
    why: 'so a difference may stand here that nobody has seen; the other images are compared with the real servers',
  },
  {
    what: 'Other servers and agents',
    real: 'three or five servers elect a leader, agents on each host join them',
    lab: 'one server, which is all of the cluster; -join, -retry-join and bootstrap-expect above 1 are refused at the start',
    why: 'not built',
  },
  {
    what: 'DNS, ACLs, the mesh, prepared queries, events, gRPC, snapshots, coordinates, the web interface',
    real: 'there',
    lab: '404, or 401 for ACLs, as for unknown endpoints',
    why: 'not built',
  },
  {
    what: 'Checks by script, gRPC, UDP, HTTP/2, Docker, alias; HTTPS',
    real: 'there, scripts when they are enabled',
    lab: 'refused when the check is registered; a check of an https: address is critical and says why',
    why: 'not built',
  },
  {
    what: 'Indexes',
    real: 'also the log entries of coordinates, tombstones, configuration and the mesh count',
    lab: 'fewer writes, so smaller numbers; they grow and go back when Consul says they do',
    why: 'clients may rely on their order only',
  },
  {
    what: '?near',
    real: 'sorts by round-trip time',
    lab: 'accepted, without effect',
    why: 'no coordinates',
  },
  {
    what: 'Blocking queries of /v1/health/service',
    real: 'the streaming backend answers them',
    lab: 'the blocking backend, as with use_streaming_backend = false',
    why: 'the same answers at the same changes',
  },
  {
    what: 'Bodies of more than 2 KB',
    real: 'sent in chunks',
    lab: 'with their length',
    why: 'the body is the same',
  },
  {
    what: 'Transactions',
    real: 'keys, nodes, services and checks',
    lab: 'keys',
    why: 'not built',
  },
  {
    what: 'Configuration',
    real: 'HCL and JSON',
    lab: 'JSON; a file in HCL is refused at the start',
    why: 'not built',
  },
  {
    what: 'The API of an agent without -client',
    real: 'refuses connections from other hosts',
    lab: 'resets them, and says so in the log',
    why: 'the machine of the lab listens on all addresses',
  },
  {
    what: 'Values of ?filter',
    real: 'a selector that the rows do not have is an error',
    lab: 'it matches nothing',
    why: 'the rows have no types here',
  },
];
