/**
 * haproxy.cfg to a configuration: the usual keywords of global, defaults, frontend, backend and listen. A keyword that is
 * not known is an alert, as with the real one; those that are known and have no effect in the lab are listed in `IGNORED`.
 */
import type {
  Acl,
  Alert,
  Algorithm,
  CheckSpec,
  Condition,
  Config,
  ProxySpec,
  Rule,
  ServerSpec,
  Timeouts,
  UseBackend,
} from './model.ts';
import { type Line, readLines, timeMs } from './words.ts';

const NO_TIMEOUTS: Timeouts = {
  client: 0,
  server: 0,
  connect: 0,
  queue: 0,
  httpRequest: 0,
  keepAlive: 0,
  check: 0,
  tunnel: 0,
};
const TCP_CHECK: CheckSpec = { kind: 'tcp', method: '', uri: '', headers: [], expect: null };

const TIMEOUT_NAMES: ReadonlyMap<string, keyof Timeouts> = new Map([
  ['client', 'client'],
  ['server', 'server'],
  ['connect', 'connect'],
  ['queue', 'queue'],
  ['http-request', 'httpRequest'],
  ['http-keep-alive', 'keepAlive'],
  ['check', 'check'],
  ['tunnel', 'tunnel'],
]);

const ALGORITHMS: readonly Algorithm[] = ['roundrobin', 'static-rr', 'leastconn', 'random', 'first', 'source', 'uri'];

/** Understood, without effect here. */
const IGNORED: ReadonlySet<string> = new Set([
  'description',
  'hash-type',
  'cookie',
  'compression',
  'errorfile',
  'http-reuse',
  'fullconn',
  'monitor-uri',
  'backlog',
  'resolvers',
  'id',
  'log-format',
  'log-tag',
  'default-path',
  'stick-table',
  'stick',
  'capture',
  'http-response',
]);

type Draft = { -readonly [Key in keyof ProxySpec]: ProxySpec[Key] } & {
  acls: Map<string, Acl[]>;
  defaultServer: ServerSpec;
};

const SERVER: ServerSpec = {
  name: '',
  line: 0,
  host: '',
  port: 0,
  weight: 1,
  maxConn: 0,
  isBackup: false,
  isDisabled: false,
  isChecked: false,
  interMs: 2000,
  fastInterMs: 0,
  downInterMs: 0,
  fall: 3,
  rise: 2,
  slowStartMs: 0,
  observe: 'none',
  errorLimit: 10,
  onError: 'fail-check',
  shutsSessions: false,
  isResolved: false,
  needsAddress: true,
};

export function parseConfig(text: string, env: Readonly<Record<string, string>>): { config: Config; alerts: Alert[] } {
  return new Parser().parse(readLines(text, env));
}

class Parser {
  private readonly alerts: Alert[] = [];
  private readonly proxies: Draft[] = [];
  private section: 'global' | 'proxy' | 'defaults' | 'other' | null = null;
  private defaults = draft('listen', '');
  private current: Draft = this.defaults;
  private maxConn = 0;
  private logsToStdout = false;

  parse(lines: readonly Line[]): { config: Config; alerts: Alert[] } {
    for (const line of lines) this.line(line);
    for (const proxy of this.proxies) this.check(proxy);
    if (this.proxies.length === 0) this.alerts.push({ line: 0, text: 'no <listen> line. Nothing to do !' });
    const { maxConn, logsToStdout } = this;
    return { config: { proxies: this.proxies, maxConn, logsToStdout }, alerts: this.alerts };
  }

  private alert(line: Line, text: string) {
    this.alerts.push({ line: line.number, text });
  }

  private line(line: Line) {
    const [word = '', name = ''] = line.words;
    switch (word) {
      case 'global':
        this.section = 'global';
        return;
      case 'defaults':
        this.section = 'defaults';
        this.defaults = draft('listen', '');
        this.current = this.defaults;
        return;
      case 'frontend':
      case 'backend':
      case 'listen':
        this.section = 'proxy';
        if (name === '') this.alert(line, `'${word}' expects an <id> argument`);
        this.current = {
          ...this.defaults,
          ...kinds(word),
          name,
          acls: new Map(),
          rules: [],
          useBackends: [],
          servers: [],
        };
        this.proxies.push(this.current);
        return;
      case 'resolvers':
      case 'userlist':
      case 'peers':
      case 'mailers':
      case 'cache':
      case 'program':
        this.section = 'other';
        return;
    }
    if (this.section === 'global') return this.global(line);
    if (this.section === 'other') return;
    if (this.section === null) return this.alert(line, `unknown keyword '${word}' out of section.`);
    this.proxy(line);
  }

  private global({ words: [word, value, ...rest] }: Line) {
    if (word === 'maxconn') this.maxConn = Number(value);
    if (word === 'log' && /^(?:stdout|stderr|fd@)/.test(value ?? '')) this.logsToStdout = rest.length >= 0;
  }

  private proxy(line: Line) {
    const proxy = this.current;
    const [word = '', ...args] = line.words;
    switch (word) {
      case 'mode':
        if (args[0] === 'tcp' || args[0] === 'http') proxy.mode = args[0];
        else this.alert(line, `unknown proxy mode '${args[0]}'.`);
        return;
      case 'bind': {
        const ports = (args[0] ?? '').split(',').map((address) => Number(address.slice(address.lastIndexOf(':') + 1)));
        if (ports.some((port) => !Number.isInteger(port) || port <= 0)) {
          this.alert(line, `'bind' : missing port number: '${args[0] ?? ''}', ...`);
        } else proxy.binds = [...proxy.binds, ...ports];
        return;
      }
      case 'timeout': {
        const name = TIMEOUT_NAMES.get(args[0] ?? '');
        const value = timeMs(args[1]);
        if (value === null) this.alert(line, `unexpected character '${args[1]?.[0] ?? ''}' in 'timeout ${args[0]}'`);
        else if (name) proxy.timeouts = { ...proxy.timeouts, [name]: value };
        return;
      }
      case 'maxconn':
        proxy.maxConn = Number(args[0]);
        return;
      case 'retries':
        proxy.retries = Number(args[0]);
        return;
      case 'default_backend':
        proxy.defaultBackend = args[0] ?? null;
        return;
      case 'use_backend': {
        const rule = this.when(line, args.slice(1));
        if (rule) proxy.useBackends = [...proxy.useBackends, { backend: args[0]!, ...rule } satisfies UseBackend];
        return;
      }
      case 'acl': {
        const acl = parseAcl(args.slice(1));
        if (!acl)
          return this.alert(line, `error detected while parsing ACL '${args[0]}' : unknown fetch method '${args[1]}'.`);
        proxy.acls.set(args[0]!, [...(proxy.acls.get(args[0]!) ?? []), acl]);
        return;
      }
      case 'http-request':
      case 'redirect':
        return this.rule(line, word === 'redirect' ? ['redirect', ...args] : args);
      case 'balance': {
        const name = (args[0] ?? '').replace(/\(.*$/, '') as Algorithm;
        if (ALGORITHMS.includes(name)) proxy.balance = name;
        else
          this.alert(
            line,
            `'balance' : only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'random' and 'first'.`,
          );
        return;
      }
      case 'option':
      case 'no':
        return this.option(line, word === 'no' ? args.slice(1) : args, word !== 'no');
      case 'http-check':
        return this.httpCheck(args);
      case 'stats':
        if (args[0] === 'uri') proxy.statsUri = args[1] ?? '/haproxy?stats';
        else if (args[0] === 'enable') proxy.statsUri ??= '/haproxy?stats';
        return;
      case 'log':
        return;
      case 'default-server':
        proxy.defaultServer = this.serverWords(line, proxy.defaultServer, args);
        return;
      case 'server':
        if (!args[1]) return this.alert(line, `'server' expects <name> and <addr>[:<port>] as arguments.`);
        proxy.servers = [
          ...proxy.servers,
          this.serverWords(
            line,
            { ...proxy.defaultServer, name: args[0]!, line: line.number, ...address(args[1]) },
            args.slice(2),
          ),
        ];
        return;
      case 'server-template':
        return this.template(line, args);
      default:
        if (!IGNORED.has(word)) {
          this.alert(
            line,
            `unknown keyword '${word}' in '${this.section === 'defaults' ? 'defaults' : proxy.kind}' section`,
          );
        }
    }
  }

  private template(line: Line, [prefix, range, target, ...rest]: readonly string[]) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range ?? '');
    if (!match || !target)
      return this.alert(line, `'server-template' expects <prefix> <nb | range> <addr>[:<port>] as arguments.`);
    const [low, high] = match[2] === undefined ? [1, Number(match[1])] : [Number(match[1]), Number(match[2])];
    const { current: proxy } = this;
    for (let i = low; i <= Math.min(high, low + 999); i++) {
      const spec = { ...proxy.defaultServer, name: `${prefix}${i}`, line: line.number, ...address(target) };
      proxy.servers = [...proxy.servers, this.serverWords(line, spec, rest)];
    }
  }

  private serverWords(line: Line, from: ServerSpec, words: readonly string[]): ServerSpec {
    const spec: { -readonly [Key in keyof ServerSpec]: ServerSpec[Key] } = { ...from };
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      const time = () => timeMs(words[++i]) ?? 0;
      const number = () => Number(words[++i]);
      switch (word) {
        case 'check':
          spec.isChecked = true;
          break;
        case 'no-check':
          spec.isChecked = false;
          break;
        case 'inter':
          spec.interMs = time();
          break;
        case 'fastinter':
          spec.fastInterMs = time();
          break;
        case 'downinter':
          spec.downInterMs = time();
          break;
        case 'fall':
          spec.fall = number();
          break;
        case 'rise':
          spec.rise = number();
          break;
        case 'weight':
          spec.weight = number();
          break;
        case 'maxconn':
          spec.maxConn = number();
          break;
        case 'backup':
          spec.isBackup = true;
          break;
        case 'disabled':
          spec.isDisabled = true;
          break;
        case 'slowstart':
          spec.slowStartMs = time();
          break;
        case 'observe':
          spec.observe = words[++i] as ServerSpec['observe'];
          break;
        case 'error-limit':
          spec.errorLimit = number();
          break;
        case 'on-error':
          spec.onError = words[++i] as ServerSpec['onError'];
          break;
        case 'on-marked-down':
          spec.shutsSessions = words[++i] === 'shutdown-sessions';
          break;
        case 'resolvers':
          i++;
          spec.isResolved = true;
          break;
        case 'init-addr':
          spec.needsAddress = !(words[++i] ?? '').split(',').includes('none');
          break;
        case 'resolve-prefer':
        case 'resolve-opts':
        case 'maxqueue':
        case 'minconn':
        case 'port':
        case 'cookie':
        case 'id':
        case 'pool-max-conn':
          i++;
          break;
        case 'send-proxy':
        case 'ssl':
        case 'verify':
          this.alert(line, `'server ${spec.name}' : the lab has no '${word}'.`);
          break;
        default:
          this.alert(line, `'server ${spec.name}' : unknown keyword '${word}'.`);
          return spec;
      }
    }
    return spec;
  }

  private option(line: Line, [name = '', ...args]: readonly string[], isOn: boolean): void {
    const { current: proxy } = this;
    switch (name) {
      case 'forwardfor':
        proxy.forwardFor = isOn;
        return;
      case 'redispatch':
        proxy.redispatch = isOn;
        return;
      case 'httplog':
      case 'tcplog':
        proxy.logsHttp = isOn;
        return;
      case 'http-server-close':
      case 'httpclose':
        proxy.closesServer = isOn;
        return;
      case 'httpchk': {
        const [method, uri] = args.length > 1 ? [args[0]!, args[1]!] : ['OPTIONS', args[0] ?? '/'];
        proxy.check = { ...TCP_CHECK, kind: isOn ? 'http' : 'tcp', method, uri };
        return;
      }
      case 'tcp-check':
      case 'dontlognull':
      case 'log-health-checks':
      case 'http-keep-alive':
      case 'abortonclose':
      case 'allbackups':
      case 'nolinger':
      case 'tcpka':
      case 'clitcpka':
      case 'srvtcpka':
      case 'contstats':
      case 'splice-auto':
      case 'prefer-last-server':
      case 'http-use-htx':
      case 'logasap':
      case 'persist':
        return;
      default:
        this.alert(line, `unknown option '${name}'.`);
    }
  }

  private httpCheck([word, ...args]: readonly string[]): void {
    const { current: proxy } = this;
    if (word === 'send') {
      let { method, uri } = proxy.check;
      const headers: (readonly [string, string])[] = [...proxy.check.headers];
      for (let i = 0; i < args.length; i++) {
        if (args[i] === 'meth') method = args[++i] ?? method;
        else if (args[i] === 'uri') uri = args[++i] ?? uri;
        else if (args[i] === 'hdr') headers.push([args[++i] ?? '', args[++i] ?? '']);
      }
      proxy.check = { ...proxy.check, method, uri, headers };
    } else if (word === 'expect') {
      const isNot = args[0] === '!';
      const [kind, value] = isNot ? args.slice(1) : args;
      if (kind === 'status' || kind === 'string')
        proxy.check = { ...proxy.check, expect: { kind, value: value ?? '', isNot } };
    }
  }

  private rule(line: Line, [action = '', ...args]: readonly string[]): void {
    const at = args.findIndex((word) => word === 'if' || word === 'unless');
    const condition = this.when(line, at < 0 ? [] : args.slice(at));
    if (!condition) return;
    const own = at < 0 ? args : args.slice(0, at);
    const option = (name: string) => own[own.indexOf(name) + 1] ?? '';
    const base = { name: '', value: '', status: 200, ...condition };
    const add = (rule: Omit<Rule, keyof typeof base> & Partial<Rule>) => {
      this.current.rules = [...this.current.rules, { ...base, ...rule } as Rule];
    };
    if (action === 'deny')
      add({
        action,
        status: own.includes('deny_status')
          ? Number(option('deny_status'))
          : own.includes('status')
            ? Number(option('status'))
            : 403,
      });
    else if (action === 'return')
      add({
        action,
        status: Number(option('status') || 200),
        name: own.includes('content-type') ? option('content-type') : '',
        value: own.includes('string') ? option('string') : own.includes('lf-string') ? option('lf-string') : '',
      });
    else if (action === 'redirect')
      add({
        action,
        status: own.includes('code') ? Number(option('code')) : 302,
        name: own[0] ?? 'location',
        value: own[1] ?? '',
      });
    else if (action === 'set-header' || action === 'add-header')
      add({ action, name: own[0] ?? '', value: own[1] ?? '' });
    else if (action === 'del-header') add({ action, name: own[0] ?? '' });
    else if (!['set-log-level', 'capture', 'track-sc0'].includes(action)) {
      this.alert(
        line,
        `'http-request' expects 'deny', 'return', 'redirect', 'set-header', 'add-header', 'del-header', but got '${action}'.`,
      );
    }
  }

  /** `if a !b or { path_beg /x }`; null after an alert. */
  private when(line: Line, words: readonly string[]): { when: Condition | null; isUnless: boolean } | null {
    if (words.length === 0) return { when: null, isUnless: false };
    const any: { acl: Acl; isNot: boolean }[][] = [[]];
    const groups: Acl[][] = [];
    for (let i = 1; i < words.length; i++) {
      let word = words[i]!;
      if (word === 'or' || word === '||') {
        any.push([]);
        continue;
      }
      let isNot = false;
      if (word.startsWith('!')) {
        isNot = true;
        word = word.slice(1) || words[++i] || '';
      }
      let acls: readonly Acl[] | undefined;
      if (word === '{') {
        const end = words.indexOf('}', i);
        const acl = parseAcl(words.slice(i + 1, end < 0 ? undefined : end));
        acls = acl ? [acl] : undefined;
        i = end < 0 ? words.length : end;
      } else if (word === 'TRUE' || word === 'FALSE') {
        acls = [{ fetch: 'always', argument: '', values: [word], ignoresCase: false }];
      } else acls = this.current.acls.get(word);
      if (!acls) {
        this.alert(line, `error detected while parsing condition : no such ACL : '${word}'.`);
        return null;
      }
      groups.push([...acls]);
      any.at(-1)!.push({ acl: acls.length === 1 ? acls[0]! : joined(acls), isNot });
    }
    return { when: any, isUnless: words[0] === 'unless' };
  }

  private check(proxy: Draft): void {
    const names = new Set(this.proxies.filter(({ hasBackend }) => hasBackend).map(({ name }) => name));
    const missing = (name: string) => {
      this.alerts.push({ line: 0, text: `Proxy '${proxy.name}': unable to find required default_backend: '${name}'.` });
    };
    if (proxy.hasFrontend && proxy.defaultBackend !== null && !names.has(proxy.defaultBackend))
      missing(proxy.defaultBackend);
    for (const { backend } of proxy.useBackends) if (!names.has(backend)) missing(backend);
    if (proxy.hasFrontend && proxy.binds.length === 0) {
      this.alerts.push({
        line: 0,
        text: `${proxy.kind} '${proxy.name}' has no 'bind' directive. Please declare it as a backend if this was intended.`,
      });
    }
  }
}

/** Several lines of one name are alternatives; those of one fetch become one. */
function joined(acls: readonly Acl[]): Acl {
  return { ...acls[0]!, values: acls.flatMap(({ values }) => values) };
}

function kinds(kind: 'frontend' | 'backend' | 'listen') {
  return { kind, hasFrontend: kind !== 'backend', hasBackend: kind !== 'frontend' };
}

function draft(kind: 'listen', name: string): Draft {
  return {
    ...kinds(kind),
    name,
    mode: 'tcp',
    binds: [],
    timeouts: NO_TIMEOUTS,
    maxConn: 0,
    defaultBackend: null,
    useBackends: [],
    rules: [],
    balance: 'roundrobin',
    retries: 3,
    redispatch: false,
    forwardFor: false,
    logsHttp: false,
    closesServer: false,
    statsUri: null,
    check: TCP_CHECK,
    servers: [],
    acls: new Map(),
    defaultServer: SERVER,
  };
}

function address(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return at < 0 ? { host: text, port: 0 } : { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
}

function parseAcl(words: readonly string[]): Acl | null {
  const [criterion = '', ...rest] = words;
  const match =
    /^(path|path_beg|path_end|path_sub|method|src|hdr|hdr_beg|req\.hdr|always_true|always_false|nbsrv)(?:\(([^)]*)\))?(?:,\w+)*$/i.exec(
      criterion,
    );
  if (!match) return null;
  const values: string[] = [];
  let ignoresCase = false;
  let how = '';
  for (let i = 0; i < rest.length; i++) {
    if (rest[i] === '-i') ignoresCase = true;
    else if (rest[i] === '-m') how = rest[++i] ?? '';
    else values.push(rest[i]!);
  }
  const name = match[1]!.toLowerCase();
  const argument = (match[2] ?? '').split(',')[0]!.toLowerCase();
  if (name.startsWith('always'))
    return { fetch: 'always', argument, values: [name === 'always_true' ? 'TRUE' : 'FALSE'], ignoresCase };
  const base = name === 'req.hdr' ? 'hdr' : name;
  const fetch = (
    how === 'beg' ? `${base}_beg` : how === 'end' ? 'path_end' : how === 'sub' ? 'path_sub' : base
  ) as Acl['fetch'];
  return { fetch, argument, values, ignoresCase };
}
