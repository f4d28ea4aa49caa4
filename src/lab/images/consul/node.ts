/** The process: an agent that is a cluster of one server, its API, its end. */
import type { Server, ServerMachine, ServerSocket, ToolResult } from '../server.ts';
import type { Parts } from './api/context.ts';
import { route } from './api/router.ts';
import { fromUtf8, ofBinary, utf8, uuid } from './bytes.ts';
import { VERSION } from './cost.ts';
import { parseDuration } from './go/duration.ts';
import { serveConnection } from './http/connection.ts';
import { LocalAgent } from './local/agent.ts';
import { checkProblem } from './local/definition.ts';
import { type Located, type Options, readOptions } from './options.ts';
import { Raft } from './raft.ts';
import type { CheckInfo, NodeInfo, ServiceInfo } from './state/rows.ts';
import { runTool } from './tool.ts';

const CONNECTION_BYTES = 40_000;
/** A session lives at least for its TTL, and ends after twice of it. */
const TTL_MULTIPLIER = 2;
const RATE_LIMITED = 'Your IP is issuing too many concurrent connections, please rate limit your calls\n';

export class Node implements Server {
  private readonly machine: ServerMachine;
  private parts: Parts | null = null;
  private readonly connections = new Map<string, number>();
  private connectionCount = 0;
  private readonly sessionTimers = new Map<string, () => void>();

  constructor(machine: ServerMachine) {
    this.machine = machine;
    let options: Options;
    try {
      options = readOptions(machine);
      for (const check of [
        ...options.checks,
        ...options.services.flatMap(({ Check, Checks }) => [...(Check ? [Check] : []), ...(Checks ?? [])]),
      ]) {
        const problem = checkProblem(check);
        if (problem !== null) throw new Error(`Check "${check.Name}": ${problem}`);
      }
    } catch (error) {
      machine.log(`==> ${(error as Error).message}`, 'stderr');
      machine.exit(1, (error as Error).message);
      return;
    }
    const { address } = options;
    if (address !== null) this.start({ ...options, address });
    else
      machine.lookup(machine.hostname, (addresses) =>
        this.start({ ...options, address: addresses?.[0] ?? '127.0.0.1' }),
      );
  }

  private start(options: Located): void {
    const { machine } = this;
    const waiting = new Set<() => void>();
    const nodeId = this.nodeId(options);
    const raft = new Raft({
      machine,
      folder: options.dataFolder,
      isServer: options.isServer,
      onLeader: () => this.lead(),
      onApplied: () => {
        for (const look of [...waiting]) if (waiting.has(look)) look();
      },
    });
    const node = nodeInfo(options, nodeId);
    const local = new LocalAgent(machine, raft, node, options.dataFolder);
    this.parts = {
      machine,
      options,
      raft,
      local,
      nodeId,
      waiting,
      sessionTimers: { reset: (id) => this.resetSession(id), clear: (id) => this.clearSession(id) },
      leave: () => this.leave(),
    };
    machine.log('==> Starting Consul agent...');
    machine.log(`               Version: '${VERSION}'`);
    machine.log(`             Node name: '${options.nodeName}'`);
    machine.log(`            Datacenter: '${options.datacenter}' (Segment: '<all>')`);
    machine.log(`                Server: ${options.isServer} (Bootstrap: ${options.isServer})`);
    machine.log(`           Client Addr: [${options.isPrivate ? '127.0.0.1' : '0.0.0.0'}] (HTTP: ${options.httpPort})`);
    local.start(options.services, options.checks);
    try {
      machine.listen(options.httpPort, (socket) => this.accept(socket));
    } catch {
      machine.log(`==> listen tcp 0.0.0.0:${options.httpPort}: bind: address already in use`, 'stderr');
      machine.exit(1, 'a port is taken');
      return;
    }
    machine.log('[INFO]  agent: Consul agent running!');
    raft.start();
  }

  /** Drawn once for a data folder. */
  private nodeId({ dataFolder }: Options): string {
    const { machine } = this;
    const path = `${dataFolder}/node-id`;
    const stored = dataFolder === null ? null : machine.disk.read(path);
    if (stored !== null && stored.length > 0) return fromUtf8(stored);
    const id = uuid(machine.fillRandom);
    try {
      if (dataFolder !== null) {
        machine.disk.write(`${path}.tmp`, utf8(id));
        machine.disk.rename(`${path}.tmp`, path);
      }
    } catch {
      machine.log('[ERROR] agent: failed to write node-id: no space left on device');
    }
    return id;
  }

  /** What a leader does first: it is in the catalog itself, and looks after sessions that it found. */
  private lead(): void {
    const { raft, options, nodeId, local } = this.parts!;
    this.machine.log(`[INFO]  agent.server: New leader elected: payload=${options.nodeName}`);
    raft.propose(
      {
        op: 'register',
        node: nodeInfo(options, nodeId),
        skipsNode: false,
        service: CONSUL_SERVICE,
        checks: [SERF_HEALTH],
      },
      () => {},
    );
    for (const id of raft.store.sessions.rows.keys()) this.resetSession(id);
    local.startSync();
    this.machine.log('[INFO]  agent: Synced node info');
  }

  private resetSession(id: string): void {
    this.clearSession(id);
    const { raft } = this.parts!;
    const ttl = raft.store.sessions.rows.get(id)?.TTL ?? '';
    const ttlNs = ttl === '' ? 0 : parseDuration(ttl);
    if (ttlNs === 0) return;
    const expire = (): void => {
      this.sessionTimers.delete(id);
      this.machine.log(`[DEBUG] agent.server: Session TTL expired: session=${id}`);
      raft.propose({ op: 'session-destroy', id }, (outcome) => {
        if ('error' in outcome) this.sessionTimers.set(id, this.machine.after(1000, expire));
      });
    };
    this.sessionTimers.set(id, this.machine.after((ttlNs * TTL_MULTIPLIER) / 1e6, expire));
  }

  private clearSession(id: string): void {
    this.sessionTimers.get(id)?.();
    this.sessionTimers.delete(id);
  }

  private accept(socket: ServerSocket): void {
    const { options } = this.parts!;
    const { remoteAddress } = socket;
    if (options.isPrivate && !/^127\.|^::1$|^::ffff:127\./.test(remoteAddress)) {
      this.machine.log(
        `[WARN]  agent: the API is open for this host only, refused ${remoteAddress}; start the agent with -client=0.0.0.0`,
      );
      socket.reset();
      return;
    }
    const own = this.connections.get(remoteAddress) ?? 0;
    if (own >= options.clientConnectionsMax) {
      const head = `HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: ${RATE_LIMITED.length}\r\nConnection: close\r\n\r\n`;
      socket.write(ofBinary(head + RATE_LIMITED));
      socket.end();
      return;
    }
    this.connections.set(remoteAddress, own + 1);
    this.connectionCount++;
    serveConnection(
      this.machine,
      socket,
      (request, from, answer) => route(this.parts!, request, from, answer),
      () => {
        this.connectionCount--;
        const left = this.connections.get(remoteAddress)! - 1;
        if (left === 0) this.connections.delete(remoteAddress);
        else this.connections.set(remoteAddress, left);
      },
    );
  }

  signal(name: string): void {
    if (!/^SIG(?:TERM|INT)$/.test(name)) return;
    this.machine.log(`[INFO]  agent: Caught: signal=${name === 'SIGINT' ? 'interrupt' : 'terminated'}`);
    // A server does not leave its cluster when it is stopped: leave_on_terminate is false, skip_leave_on_interrupt true.
    this.machine.log('[INFO]  agent: Exit code: code=1');
    this.machine.exit(1);
  }

  private leave(): void {
    this.machine.log('[INFO]  agent.server: server starting leave');
    this.machine.after(50, () => this.machine.exit(0));
  }

  tool(argv: readonly string[], onDone: (result: ToolResult) => void): void {
    if (this.parts === null) onDone({ exitCode: 1, stdout: '', stderr: 'The agent is not running.\n' });
    else runTool(this.parts, argv, onDone);
  }

  figures(): Readonly<Record<string, number>> {
    const { parts } = this;
    if (parts === null) return { connections: 0 };
    const { catalog, keys, sessions } = parts.raft.store;
    const { services, passing, warning, critical } = catalog.counts;
    return {
      connections: this.connectionCount,
      'blocked queries': parts.waiting.size,
      services,
      'checks passing': passing,
      'checks warning': warning,
      'checks critical': critical,
      keys: keys.rows.size,
      sessions: sessions.rows.size,
      index: parts.raft.index,
    };
  }

  get memoryBytes(): number {
    return this.connectionCount * CONNECTION_BYTES + (this.parts?.raft.store.bytes ?? 0);
  }
}

function nodeInfo({ nodeName, address, nodeMeta }: Located, ID: string): NodeInfo {
  return {
    ID,
    Node: nodeName,
    Address: address,
    TaggedAddresses: { lan: address, lan_ipv4: address, wan: address, wan_ipv4: address },
    Meta: { 'consul-network-segment': '', 'consul-version': VERSION, ...nodeMeta },
  };
}

const CONSUL_SERVICE: ServiceInfo = {
  ID: 'consul',
  Service: 'consul',
  Tags: [],
  Address: '',
  TaggedAddresses: null,
  Meta: {
    grpc_port: '8502',
    grpc_tls_port: '8503',
    non_voter: 'false',
    raft_version: '3',
    read_replica: 'false',
    serf_protocol_current: '2',
    serf_protocol_max: '5',
    serf_protocol_min: '1',
    version: VERSION,
  },
  Port: 8300,
  Weights: { Passing: 1, Warning: 1 },
  EnableTagOverride: false,
};

const SERF_HEALTH: CheckInfo = {
  CheckID: 'serfHealth',
  Name: 'Serf Health Status',
  Status: 'passing',
  Notes: '',
  Output: 'Agent alive and reachable',
  ServiceID: '',
  ServiceName: '',
  ServiceTags: [],
  Type: '',
  Interval: '',
  Timeout: '',
};
