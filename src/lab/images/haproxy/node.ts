/** The process: reads its configuration, finds its servers, listens, stops. */
import type { Server, ServerMachine, ToolResult } from '../server.ts';
import type { BackendServer } from './balance/server.ts';
import { parseConfig } from './config/parse.ts';
import { COST, VERSION } from './cost.ts';
import { HttpSession } from './http/session.ts';
import { type Frontend, LoadBalancer } from './proxy.ts';
import { statsCsv, statsRows } from './stats.ts';
import { serveTcp } from './tcp.ts';

const CONFIG_FILE = '/usr/local/etc/haproxy/haproxy.cfg';
/** How often a name with `resolvers` is asked for again: as `hold valid` and `timeout resolve` of the usual example. */
const RESOLVE_MS = 1000;
const MEMORY_SESSION_BYTES = 33_000;

export class Node implements Server {
  private readonly machine: ServerMachine;
  private readonly file: string;
  private proxy: LoadBalancer | null = null;

  constructor(machine: ServerMachine) {
    this.machine = machine;
    const at = machine.argv.indexOf('-f');
    this.file = at < 0 ? CONFIG_FILE : (machine.argv[at + 1] ?? CONFIG_FILE);
    machine.log(`[NOTICE]   (1) : haproxy version is ${VERSION}`, 'stderr');
    const { config, problems } = this.read();
    if (problems.length > 0) {
      for (const problem of problems) machine.log(problem, 'stderr');
      machine.log('[ALERT]    (1) : config : Fatal errors found in configuration.', 'stderr');
      machine.exit(1, 'the configuration has errors');
      return;
    }
    const proxy = new LoadBalancer(machine, config);
    this.proxy = proxy;
    this.resolveAll(proxy, () => this.listen(proxy));
  }

  private read() {
    const bytes = this.machine.disk.read(this.file);
    if (!bytes) {
      const problem = `[ALERT]    (1) : config : could not open configuration file ${this.file} : No such file or directory`;
      return { config: parseConfig('', {}).config, problems: [problem] };
    }
    const { config, alerts } = parseConfig(new TextDecoder().decode(bytes), this.machine.env);
    const problems = alerts.map(({ line, text }) =>
      line === 0
        ? `[ALERT]    (1) : config : ${text}`
        : `[ALERT]    (1) : config : parsing [${this.file}:${line}] : ${text}`,
    );
    return { config, problems };
  }

  /** Servers that are named get an address each; a server that must have one and has none ends the start. */
  private resolveAll(proxy: LoadBalancer, onDone: () => void): void {
    const byName = new Map<string, BackendServer[]>();
    for (const backend of proxy.backends.values()) {
      for (const server of backend.servers) {
        const key = `${backend.spec.name} ${server.spec.host}`;
        byName.set(key, [...(byName.get(key) ?? []), server]);
      }
    }
    let left = byName.size;
    if (left === 0) onDone();
    for (const servers of byName.values()) {
      this.resolve(servers, () => {
        left--;
        if (left === 0) onDone();
      });
    }
  }

  private resolve(servers: readonly BackendServer[], onDone: () => void) {
    const { machine } = this;
    const { spec, backend } = servers[0]!;
    const isAddress = /^[\d.]+$|:/.test(spec.host);
    const found = (addresses: readonly string[]) => {
      this.give(servers, addresses);
      onDone();
    };
    if (isAddress) return found([spec.host]);
    machine.lookup(spec.host, (addresses) => {
      if (addresses === null && spec.needsAddress) {
        const where = `[${this.file}:${spec.line}] : 'server ${backend}/${spec.name}'`;
        machine.log(`[ALERT]    (1) : config : ${where} : could not resolve address '${spec.host}'.`, 'stderr');
        machine.log('[ALERT]    (1) : config : Failed to initialize server(s) addr.', 'stderr');
        machine.exit(1, `could not resolve address '${spec.host}'`);
        return;
      }
      if (spec.isResolved) machine.after(RESOLVE_MS, () => this.resolveAgain(servers));
      found(addresses ?? []);
    });
  }

  private resolveAgain(servers: readonly BackendServer[]): void {
    this.machine.lookup(servers[0]!.spec.host, (addresses) => {
      if (addresses !== null) this.give(servers, addresses);
      this.machine.after(RESOLVE_MS, () => this.resolveAgain(servers));
    });
  }

  /** Each address to one server, and a server keeps the one it has; one name for one server means its first address. */
  private give(servers: readonly BackendServer[], addresses: readonly string[]) {
    const isTemplate = servers.length > 1 && servers[0]!.spec.isResolved;
    if (!isTemplate) {
      for (const server of servers) server.address = addresses[0] ?? server.address;
      return;
    }
    const free = new Set(addresses);
    for (const server of servers) {
      if (server.address !== null && free.has(server.address)) free.delete(server.address);
      else server.address = null;
    }
    for (const server of servers) {
      if (server.address !== null) continue;
      const [next] = free;
      if (next === undefined) return;
      free.delete(next);
      server.address = next;
    }
  }

  private listen(proxy: LoadBalancer) {
    const { machine } = this;
    machine.log('[NOTICE]   (1) : New worker (8) forked', 'stderr');
    for (const frontend of proxy.frontends) {
      for (const port of frontend.spec.binds) {
        try {
          machine.listen(port, (socket) => this.accept(proxy, frontend, socket));
        } catch {
          const text = `[ALERT]    (1) : Starting frontend ${frontend.spec.name}: cannot bind socket (Address already in use) [0.0.0.0:${port}]`;
          machine.log(text, 'stderr');
          machine.exit(1, 'a port is taken');
          return;
        }
      }
    }
    proxy.health.start();
    machine.log('[NOTICE]   (1) : Loading success.', 'stderr');
  }

  private accept(
    proxy: LoadBalancer,
    frontend: Frontend,
    socket: Parameters<Parameters<ServerMachine['listen']>[1]>[0],
  ) {
    const isFull =
      (frontend.spec.maxConn > 0 && frontend.sessions >= frontend.spec.maxConn) ||
      (proxy.config.maxConn > 0 && proxy.connections >= proxy.config.maxConn);
    if (isFull || proxy.isStopping) {
      // The real one leaves it in the kernel's backlog; here it is over at once, which a client sees as a lost connection.
      socket.reset();
      return;
    }
    proxy.burn(COST.acceptUs);
    proxy.connections++;
    frontend.sessions++;
    frontend.sessionsTotal++;
    frontend.sessionsMax = Math.max(frontend.sessionsMax, frontend.sessions);
    if (frontend.spec.mode === 'http') new HttpSession(proxy, frontend, socket);
    else serveTcp(proxy, frontend, socket);
  }

  signal(name: string) {
    const { proxy, machine } = this;
    if (!/^SIG(?:TERM|INT|USR1)$/.test(name)) return;
    machine.log(`[WARNING]  (1) : Exiting Master process...`, 'stderr');
    if (name !== 'SIGUSR1' || proxy === null || proxy.connections === 0) return machine.exit(0);
    // Softly: what is open may come to its end.
    proxy.isStopping = true;
    const look = () => void (proxy.connections === 0 ? machine.exit(0) : machine.after(100, look));
    look();
  }

  tool(argv: readonly string[], onDone: (result: ToolResult) => void) {
    const text = argv.slice(1).join(' ');
    const done = (stdout: string, value?: unknown, exitCode = 0) => onDone({ exitCode, stdout, stderr: '', value });
    if (argv[0] !== 'haproxy') return onDone({ exitCode: 127, stdout: '', stderr: `${argv[0]}: command not found\n` });
    if (text.startsWith('-v')) return done(`HAProxy version ${VERSION}\n`, VERSION);
    if (text.startsWith('-c')) {
      const { problems } = this.read();
      return problems.length === 0
        ? done('Configuration file is valid\n', true)
        : onDone({ exitCode: 1, stdout: '', stderr: `${problems.join('\n')}\n`, value: false });
    }
    if (text === 'show stat' && this.proxy) return done(statsCsv(this.proxy), statsRows(this.proxy));
    onDone({ exitCode: 1, stdout: '', stderr: 'usage: haproxy -v | -c | show stat\n' });
  }

  figures(): Readonly<Record<string, number>> {
    const figures: Record<string, number> = { connections: this.proxy?.connections ?? 0 };
    for (const backend of this.proxy?.backends.values() ?? []) {
      figures[`queue ${backend.spec.name}`] = backend.queue.length;
      for (const server of backend.servers) {
        figures[`sessions ${backend.spec.name}/${server.spec.name}`] = server.sessions;
        figures[`up ${backend.spec.name}/${server.spec.name}`] = server.isUsable ? 1 : 0;
      }
    }
    return figures;
  }

  get memoryBytes(): number {
    return (this.proxy?.connections ?? 0) * MEMORY_SESSION_BYTES;
  }
}
