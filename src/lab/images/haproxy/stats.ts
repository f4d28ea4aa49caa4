/** The statistics page: `;csv` as a table for programs, else as HTML for people. */
import type { Backend } from './balance/backend.ts';
import type { BackendServer } from './balance/server.ts';
import { writeHead } from './http/message.ts';
import type { Frontend, LoadBalancer } from './proxy.ts';

/** The columns that are filled, under their names and in the order of the real page; those between are empty. */
const COLUMNS: readonly string[] =
  'pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot'.split(
    ',',
  );

export type StatsRow = Readonly<Record<string, string | number>>;

export function statsRows(proxy: LoadBalancer): StatsRow[] {
  return proxy.config.proxies.flatMap(({ name }) => {
    const frontend = proxy.frontends.find(({ spec }) => spec.name === name);
    const backend = proxy.backends.get(name);
    return [
      ...(frontend ? [frontendRow(frontend)] : []),
      ...(backend ? [...backend.servers.map((server) => serverRow(proxy, backend, server)), backendRow(backend)] : []),
    ];
  });
}

export function statsCsv(proxy: LoadBalancer): string {
  const lines = statsRows(proxy).map((row) => COLUMNS.map((column) => row[column] ?? '').join(','));
  return `# ${COLUMNS.join(',')},\n${lines.map((line) => `${line},\n`).join('')}`;
}

export function statsPage(proxy: LoadBalancer, rest: string): string {
  const isCsv = rest.startsWith(';csv');
  const body = isCsv ? statsCsv(proxy) : html(proxy);
  const type = isCsv ? 'text/plain' : 'text/html';
  return (
    writeHead('HTTP/1.1 200 OK', [
      ['cache-control', 'no-cache'],
      ['content-type', type],
      ['content-length', String(body.length)],
    ]) + body
  );
}

function html(proxy: LoadBalancer): string {
  const shown = [
    'pxname',
    'svname',
    'qcur',
    'scur',
    'smax',
    'stot',
    'status',
    'weight',
    'chkfail',
    'chkdown',
    'hrsp_2xx',
    'hrsp_4xx',
    'hrsp_5xx',
  ];
  const row = (cells: readonly (string | number)[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const rows = statsRows(proxy).map((one) =>
    row(
      shown.map((column) => one[column] ?? ''),
      'td',
    ),
  );
  return `<!DOCTYPE html><html><head><title>Statistics Report for HAProxy</title></head><body><h1>HAProxy</h1><table>${row(shown, 'th')}${rows.join('')}</table></body></html>\n`;
}

function responses([, one, two, three, four, five]: readonly number[]) {
  return { hrsp_1xx: one!, hrsp_2xx: two!, hrsp_3xx: three!, hrsp_4xx: four!, hrsp_5xx: five!, hrsp_other: 0 };
}

function frontendRow(frontend: Frontend): StatsRow {
  return {
    pxname: frontend.spec.name,
    svname: 'FRONTEND',
    scur: frontend.sessions,
    smax: frontend.sessionsMax,
    slim: frontend.spec.maxConn || '',
    stot: frontend.sessionsTotal,
    bin: frontend.bytesIn,
    bout: frontend.bytesOut,
    dreq: frontend.denied,
    ereq: frontend.requestErrors,
    status: 'OPEN',
    pid: 1,
    type: 0,
    req_tot: frontend.requests,
    ...responses(frontend.responses),
  };
}

function serverRow(proxy: LoadBalancer, backend: Backend, server: BackendServer): StatsRow {
  const { spec } = server;
  const progress = server.against > 0 ? ` ${server.against}/${server.state === 'UP' ? spec.fall : spec.rise}` : '';
  return {
    pxname: backend.spec.name,
    svname: spec.name,
    qcur: 0,
    qmax: 0,
    scur: server.sessions,
    smax: server.sessionsMax,
    slim: spec.maxConn || '',
    stot: server.sessionsTotal,
    bin: server.bytesIn,
    bout: server.bytesOut,
    econ: server.errorsConnect,
    eresp: server.errorsResponse,
    wretr: server.retries,
    wredis: server.redispatches,
    status: `${server.state}${server.state === 'UP' || server.state === 'DOWN' ? progress : ''}`,
    weight: spec.weight,
    act: spec.isBackup ? 0 : 1,
    bck: spec.isBackup ? 1 : 0,
    chkfail: server.checksFailed,
    chkdown: server.downs,
    lastchg: Math.floor((proxy.machine.nowMs() - server.changedMs) / 1000),
    pid: 1,
    lbtot: server.sessionsTotal,
    type: 2,
    check_status: server.lastCheck,
    check_code: server.lastCheckCode || '',
    ...responses(server.responses),
  };
}

function backendRow(backend: Backend): StatsRow {
  const usable = backend.usable;
  return {
    pxname: backend.spec.name,
    svname: 'BACKEND',
    qcur: backend.queue.length,
    qmax: backend.queueMax,
    scur: backend.sessions,
    smax: backend.sessionsMax,
    stot: backend.sessionsTotal,
    bin: backend.bytesIn,
    bout: backend.bytesOut,
    status: usable.length > 0 || backend.servers.length === 0 ? 'UP' : 'DOWN',
    weight: usable.reduce((sum, { spec }) => sum + spec.weight, 0),
    act: usable.filter(({ spec }) => !spec.isBackup).length,
    bck: usable.filter(({ spec }) => spec.isBackup).length,
    pid: 1,
    lbtot: backend.sessionsTotal,
    type: 1,
    ...responses(backend.responses),
  };
}
