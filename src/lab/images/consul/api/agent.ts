/** /v1/agent: what this agent knows and runs itself. */
import { VERSION } from '../cost.ts';
import type { Schema } from '../go/decode.ts';
import { quote } from '../go/duration.ts';
import { sortedMap } from '../go/json.ts';
import { metadataProblem } from '../go/pairs.ts';
import {
  CHECK_SCHEMA,
  type CheckDefinition,
  checkProblem,
  isEmptyCheck,
  isStatus,
  SERVICE_SCHEMA,
  type ServiceDefinition,
} from '../local/definition.ts';
import type { CheckInfo, Status } from '../state/rows.ts';
import { badRequest, type Call, HttpError, type Parts, parseBool } from './context.ts';
import { agentCheckView, agentServiceView, healthCheckView } from './views.ts';

export function self(call: Call) {
  const { options, nodeId, raft, local } = call.parts;
  call.json({
    Config: {
      Datacenter: options.datacenter,
      PrimaryDatacenter: options.datacenter,
      NodeName: options.nodeName,
      NodeID: nodeId,
      Revision: '',
      Server: options.isServer,
      Version: VERSION,
      BuildDate: '2025-07-28T18:37:29Z',
    },
    DebugConfig: {
      Datacenter: options.datacenter,
      NodeName: options.nodeName,
      ServerMode: options.isServer,
      DevMode: options.isDev,
      DataDir: options.dataFolder ?? '',
      CheckUpdateInterval: '5m0s',
      HTTPPort: options.httpPort,
      HTTPMaxConnsPerClient: options.clientConnectionsMax,
    },
    Coord: { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 1.5, Adjustment: 0, Height: 0.00001 },
    Member: member(call.parts),
    Stats: {
      agent: {
        check_monitors: '0',
        check_ttls: String([...local.checks.values()].filter(({ type }) => (type?.TTL ?? 0) > 0).length),
        checks: String(local.checks.size),
        services: String(local.services.size),
      },
      consul: {
        bootstrap: 'true',
        known_datacenters: '1',
        leader: String(raft.isLeader),
        server: String(options.isServer),
      },
      raft: {
        applied_index: String(raft.index),
        commit_index: String(raft.index),
        last_log_index: String(raft.index),
        num_peers: '0',
        state: raft.isLeader ? 'Leader' : 'Follower',
      },
    },
    Meta: { 'consul-network-segment': '', 'consul-version': VERSION, ...options.nodeMeta },
  });
}

export function members(call: Call) {
  call.json([member(call.parts)]);
}

export function member({ options, nodeId }: Parts) {
  return {
    Name: options.nodeName,
    Addr: options.address,
    Port: 8301,
    Tags: sortedMap(
      Object.entries({
        build: `${VERSION}:`,
        dc: options.datacenter,
        id: nodeId,
        port: '8300',
        raft_vsn: '3',
        role: options.isServer ? 'consul' : 'node',
        segment: '',
        vsn: '2',
        vsn_max: '3',
        vsn_min: '2',
        ...(options.isServer ? { bootstrap: '1' } : {}),
      }),
    ),
    Status: 1,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}

export function services(call: Call) {
  const { local } = call.parts;
  const all = [...local.services].map(([id, { info }]) => [id, agentServiceView(info, call.datacenter)] as const);
  const kept = new Set(call.filter(all.map(([, view]) => view)));
  call.json(sortedMap(all.filter(([, view]) => kept.has(view))));
}

export function service(call: Call) {
  const info = call.parts.local.service(call.rest);
  if (info === undefined) throw new HttpError(404, `unknown service ID: ${call.rest}`);
  const view = agentServiceView(info, call.datacenter);
  const hash = contentHash(JSON.stringify(view));
  const { Datacenter, ...rest } = view;
  call.json({ ...rest, ContentHash: hash, Datacenter }, 200, { 'X-Consul-Contenthash': hash });
}

export function checks(call: Call) {
  const { local } = call.parts;
  const all = [...local.checks].map(([id, { info }]) => [id, agentCheckView(info, local.nodeName)] as const);
  const kept = new Set(call.filter(all.map(([, view]) => view)));
  call.json(sortedMap(all.filter(([, view]) => kept.has(view))));
}

export function registerService(call: Call) {
  const { local } = call.parts;
  const raw = call.body<ServiceDefinition & { readonly Kind: string }>(SERVICE_SCHEMA, 'ServiceDefinition');
  const definition = raw.Check !== null && isEmptyCheck(raw.Check) ? { ...raw, Check: null } : raw;
  if (definition.Name === '') throw badRequest('Missing service name');
  if (['0.0.0.0', '::', '[::]'].includes(definition.Address)) throw badRequest('Invalid service address');
  if (raw.Kind !== '') throw badRequest(`Validation failed: the lab's Consul has no services of kind ${raw.Kind}`);
  const { Weights } = definition;
  if (Weights !== null && Weights.Passing < 1) throw badRequest('Invalid Weights: Passing must be greater than 0');
  if (Weights !== null && Weights.Warning < 0)
    throw badRequest('Invalid Weights: Warning must be greater or equal than 0');
  const meta = metadataProblem(definition.Meta);
  if (meta !== null) throw badRequest(`Invalid Service Meta: ${meta}`);
  const types = [...(definition.Check ? [definition.Check] : []), ...(definition.Checks ?? [])];
  for (const type of types) {
    const problem = checkProblem(type);
    if (problem !== null) throw badRequest(`Invalid check: ${problem}`);
  }
  for (const { Status } of types)
    if (Status !== '' && !isStatus(Status)) throw badRequest("Status for checks must 'passing', 'warning', 'critical'");
  const replaces =
    call.query.has('replace-existing-checks') && ['', 'true'].includes(call.query.get('replace-existing-checks'));
  local.addDefinition(definition, replaces);
  local.syncChanges(() => call.done());
}

export function deregisterService(call: Call) {
  const { local } = call.parts;
  mustKnowService(call, call.rest);
  local.removeService(call.rest);
  local.syncChanges(() => call.done());
}

export function registerCheck(call: Call) {
  const { local } = call.parts;
  const definition = call.body<CheckDefinition>(CHECK_SCHEMA as Schema, 'CheckDefinition');
  if (definition.Name === '') throw badRequest('Missing check name');
  if (definition.Status !== '' && !isStatus(definition.Status)) throw badRequest('Bad check status');
  const problem = checkProblem(definition);
  if (problem !== null) throw badRequest(`Invalid check: ${problem}`);
  if (definition.ServiceID !== '' && local.service(definition.ServiceID) === undefined)
    throw new HttpError(404, `ServiceID ${quote(definition.ServiceID)} does not exist`);
  local.addCheckDefinition(definition);
  local.syncChanges(() => call.done());
}

export function deregisterCheck(call: Call) {
  const { local } = call.parts;
  mustKnowCheck(call, call.rest);
  local.removeCheck(call.rest);
  local.syncChanges(() => call.done());
}

export const setCheck =
  (status: Status) =>
  (call: Call): void =>
    update(call, status, call.query.get('note'));

export function updateCheck(call: Call) {
  const { Status, Output } = call.body<{ Status: string; Output: string }>(
    { Status: 'string', Output: 'string' },
    'checkUpdate',
  );
  if (!isStatus(Status)) throw badRequest(`Invalid check status: '${Status}'`);
  update(call, Status, Output);
}

function update(call: Call, status: Status, output: string) {
  const { local } = call.parts;
  mustKnowCheck(call, call.rest);
  if (!local.setTtl(call.rest, status, output))
    throw new Error(`CheckID ${quote(call.rest)} does not have associated TTL`);
  local.syncChanges(() => call.done());
}

function mustKnowService(call: Call, id: string) {
  if (call.parts.local.service(id) === undefined)
    throw new HttpError(
      404,
      `Unknown service ID ${quote(id)}. Ensure that the service ID is passed, not the service name.`,
    );
}

function mustKnowCheck(call: Call, id: string) {
  if (!call.parts.local.checks.has(id))
    throw new HttpError(404, `Unknown check ID ${quote(id)}. Ensure that the check ID is passed, not the check name.`);
}

// --- maintenance

const NODE_MAINTENANCE = '_node_maintenance';
const noReason = (what: string) =>
  `Maintenance mode is enabled for this ${what}, but no reason was provided. This is a default message.`;

export function serviceMaintenance(call: Call) {
  const { local } = call.parts;
  if (call.rest === '') throw badRequest('Missing service ID');
  const isOn = maintenanceFlag(call);
  mustKnowService(call, call.rest);
  const info = local.service(call.rest)!;
  const id = `_service_maintenance:${call.rest}`;
  if (!isOn) local.removeCheck(id);
  else if (!local.checks.has(id))
    local.addCheck(
      maintenanceCheck(id, 'Service Maintenance Mode', call.query.get('reason') || noReason('service'), info),
      null,
      true,
    );
  local.syncChanges(() => call.done());
}

export function nodeMaintenance(call: Call) {
  const { local } = call.parts;
  const isOn = maintenanceFlag(call);
  if (!isOn) local.removeCheck(NODE_MAINTENANCE);
  else if (!local.checks.has(NODE_MAINTENANCE))
    local.addCheck(
      maintenanceCheck(NODE_MAINTENANCE, 'Node Maintenance Mode', call.query.get('reason') || noReason('node'), null),
      null,
      true,
    );
  local.syncChanges(() => call.done());
}

function maintenanceFlag(call: Call): boolean {
  if (!call.query.has('enable')) throw badRequest('Missing value for enable');
  const text = call.query.get('enable');
  const isOn = parseBool(text);
  if (isOn === null) throw badRequest(`Invalid value for enable: ${quote(text)}`);
  return isOn;
}

function maintenanceCheck(
  CheckID: string,
  Name: string,
  Notes: string,
  service: { readonly ID: string; readonly Service: string; readonly Tags: readonly string[] } | null,
): CheckInfo {
  return {
    CheckID,
    Name,
    Status: 'critical',
    Notes,
    Output: '',
    ServiceID: service?.ID ?? '',
    ServiceName: service?.Service ?? '',
    ServiceTags: service?.Tags ?? [],
    Type: 'maintenance',
    Interval: '',
    Timeout: '',
  };
}

// --- health of the agent's services

const CODES: Readonly<Record<string, number>> = { passing: 200, warning: 429, critical: 503, maintenance: 503 };

export function healthById(call: Call) {
  const { local } = call.parts;
  if (call.rest === '') throw badRequest('Missing serviceID');
  const info = local.service(call.rest);
  if (info === undefined) {
    if (wantsText(call)) return call.text(404, `ServiceId ${call.rest} not found`);
    return call.json({ AggregatedStatus: 'critical', Service: null, Checks: null }, 404);
  }
  const status = aggregated(local.checksOf(info.ID, true));
  if (wantsText(call)) return call.text(CODES[status]!, status);
  call.json(health(call, info.ID), CODES[status]!);
}

export function healthByName(call: Call) {
  const { local } = call.parts;
  if (call.rest === '') throw badRequest('Missing service Name');
  const found = [...local.services.values()].filter(({ info }) => info.Service === call.rest).map(({ info }) => info);
  let code = 404;
  let status = `ServiceName ${call.rest} Not Found`;
  for (const { ID } of found) {
    const own = aggregated(local.checksOf(ID, true));
    if (code === 404 || code < CODES[own]!) {
      code = CODES[own]!;
      status = own;
    }
  }
  if (wantsText(call)) return call.text(code, status);
  call.json(
    found.map(({ ID }) => health(call, ID)),
    code,
  );
}

function health(call: Call, id: string) {
  const { local } = call.parts;
  const list = local.checksOf(id, true);
  return {
    AggregatedStatus: aggregated(list),
    Service: agentServiceView(local.service(id)!, call.datacenter),
    Checks: list.map((check) => healthCheckView(check, local.nodeName)),
  };
}

/** The worst of them; maintenance is worse than all. */
function aggregated(list: readonly CheckInfo[]): string {
  if (list.some(({ CheckID }) => CheckID === NODE_MAINTENANCE || CheckID.startsWith('_service_maintenance:')))
    return 'maintenance';
  for (const status of ['critical', 'warning']) if (list.some(({ Status }) => Status === status)) return status;
  return 'passing';
}

function wantsText(call: Call): boolean {
  if (call.request.headers.get('accept')?.startsWith('text/plain')) return true;
  return call.query.get('format') === 'text';
}

/** Changes with the content. The real one is hashstructure's FNV-1a of 64 bits over the struct's fields. */
function contentHash(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++)
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16);
}
