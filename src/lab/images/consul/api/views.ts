/** Rows as the API shows them, field for field in the order of Consul's structs. `undefined` is left out. */
import type { CheckInfo, CheckRow, KeyRow, NodeRow, ServiceInfo, ServiceRow, SessionRow } from '../state/rows.ts';

const PROXY = { Mode: '', MeshGateway: {}, Expose: {} } as const;

export function nodeView(row: NodeRow, datacenter: string) {
  return {
    ID: row.ID,
    Node: row.Node,
    Address: row.Address,
    Datacenter: datacenter,
    TaggedAddresses: row.TaggedAddresses,
    Meta: row.Meta,
    CreateIndex: row.CreateIndex,
    ModifyIndex: row.ModifyIndex,
  };
}

/** As /v1/health/service and /v1/catalog/node have it. */
export function serviceView(row: ServiceRow) {
  return {
    ID: row.ID,
    Service: row.Service,
    Tags: row.Tags,
    Address: row.Address,
    TaggedAddresses: row.TaggedAddresses ?? undefined,
    Meta: row.Meta,
    Port: row.Port,
    Weights: row.Weights,
    EnableTagOverride: row.EnableTagOverride,
    Proxy: PROXY,
    Connect: {},
    PeerName: '',
    CreateIndex: row.CreateIndex,
    ModifyIndex: row.ModifyIndex,
  };
}

/** As /v1/catalog/service has it: an instance and its node in one. */
export function serviceNodeView(row: ServiceRow, node: NodeRow | undefined, datacenter: string) {
  return {
    ID: node?.ID ?? '',
    Node: row.Node,
    Address: node?.Address ?? '',
    Datacenter: datacenter,
    TaggedAddresses: node?.TaggedAddresses ?? null,
    NodeMeta: node?.Meta ?? null,
    ServiceKind: '',
    ServiceID: row.ID,
    ServiceName: row.Service,
    ServiceTags: row.Tags,
    ServiceAddress: row.Address,
    ServiceTaggedAddresses: row.TaggedAddresses ?? undefined,
    ServiceWeights: row.Weights,
    ServiceMeta: row.Meta ?? {},
    ServicePort: row.Port,
    ServiceSocketPath: '',
    ServiceEnableTagOverride: row.EnableTagOverride,
    ServiceProxy: PROXY,
    ServiceConnect: {},
    ServiceLocality: null,
    CreateIndex: row.CreateIndex,
    ModifyIndex: row.ModifyIndex,
  };
}

export function checkView(row: CheckRow) {
  return {
    Node: row.Node,
    CheckID: row.CheckID,
    Name: row.Name,
    Status: row.Status,
    Notes: row.Notes,
    Output: row.Output,
    ServiceID: row.ServiceID,
    ServiceName: row.ServiceName,
    ServiceTags: row.ServiceTags,
    Type: row.Type,
    Interval: row.Interval,
    Timeout: row.Timeout,
    ExposedPort: 0,
    Definition: {},
    PeerName: '',
    CreateIndex: row.CreateIndex,
    ModifyIndex: row.ModifyIndex,
  };
}

/** Of the agent's own: no index yet. */
export function agentCheckView(info: CheckInfo, node: string) {
  const { PeerName: _, ...view } = checkView({ ...info, Node: node, CreateIndex: 0, ModifyIndex: 0 });
  return view;
}

/** What an AgentServiceChecksInfo lists. */
export function healthCheckView(info: CheckInfo, node: string) {
  return {
    Node: node,
    CheckID: info.CheckID,
    Name: info.Name,
    Status: info.Status,
    Notes: info.Notes,
    Output: info.Output,
    ServiceID: info.ServiceID,
    ServiceName: info.ServiceName,
    ServiceTags: info.ServiceTags,
    Type: '',
    ExposedPort: 0,
    Definition: {
      Interval: '0s',
      Timeout: '0s',
      DeregisterCriticalServiceAfter: '0s',
      HTTP: '',
      Header: null,
      Method: '',
      Body: '',
      TLSServerName: '',
      TLSSkipVerify: false,
      TCP: '',
      TCPUseTLS: false,
      UDP: '',
      GRPC: '',
      OSService: '',
      GRPCUseTLS: false,
    },
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

export function agentServiceView(info: ServiceInfo, datacenter: string) {
  return {
    ID: info.ID,
    Service: info.Service,
    Tags: info.Tags,
    Meta: info.Meta ?? {},
    Port: info.Port,
    Address: info.Address,
    TaggedAddresses: info.TaggedAddresses ?? undefined,
    Weights: info.Weights,
    EnableTagOverride: info.EnableTagOverride,
    Datacenter: datacenter,
  };
}

export function keyView(row: KeyRow) {
  return {
    LockIndex: row.LockIndex,
    Key: row.Key,
    Flags: BigInt(row.Flags),
    Value: row.Value,
    Session: row.Session === '' ? undefined : row.Session,
    CreateIndex: row.CreateIndex,
    ModifyIndex: row.ModifyIndex,
  };
}

export function sessionView(row: SessionRow) {
  return {
    ID: row.ID,
    Name: row.Name,
    Node: row.Node,
    LockDelay: row.LockDelayNs,
    Behavior: row.Behavior,
    TTL: row.TTL,
    NodeChecks: row.NodeChecks,
    ServiceChecks: row.ServiceChecks,
    CreateIndex: row.CreateIndex,
    ModifyIndex: row.ModifyIndex,
  };
}
