/** /v1/catalog and /v1/health: what the cluster knows. */
import type { Schema } from '../go/decode.ts';
import { sortedMap } from '../go/json.ts';
import { isStatus } from '../local/definition.ts';
import type { CheckInfo, NodeRow, ServiceAddress, ServiceRow } from '../state/rows.ts';
import { badRequest, type Call, type Found } from './context.ts';
import { checkView, nodeView, serviceNodeView, serviceView } from './views.ts';

export function datacenters(call: Call): void {
  call.json([call.datacenter]);
}

export function nodes(call: Call): void {
  call.read(() => ({
    index: call.store.maxIndex('nodes'),
    json: call.filter(
      call.store.catalog
        .allNodes()
        .filter(hasMeta(call))
        .map((row) => nodeView(row, call.datacenter)),
    ),
  }));
}

export function services(call: Call): void {
  call.read(() => {
    const { catalog } = call.store;
    const tags = new Map<string, Set<string>>();
    for (const row of catalog.allServices().filter(onNodes(call))) {
      const set = tags.get(row.Service) ?? new Set();
      for (const tag of row.Tags) set.add(tag);
      tags.set(row.Service, set);
    }
    return {
      index: call.store.maxIndex('services'),
      json: sortedMap([...tags].map(([name, set]) => [name, [...set]] as const)),
    };
  });
}

export function serviceNodes(call: Call): void {
  if (call.rest === '') throw badRequest('Missing service name');
  call.read(() => {
    const { catalog } = call.store;
    const all = catalog.instances(call.rest);
    const rows = all.filter(hasTags(call)).filter(onNodes(call));
    return {
      index: catalog.indexOfService(call.rest, all.length > 0, false),
      json: call.filter(rows.map((row) => serviceNodeView(row, catalog.node(row.Node), call.datacenter))),
    };
  });
}

export function nodeServices(call: Call): void {
  if (call.rest === '') throw badRequest('Missing node name');
  call.read(() => {
    const { catalog } = call.store;
    const node = catalog.node(call.rest);
    const index = call.store.maxIndex('nodes', 'services');
    if (node === undefined) return { index, json: null };
    const own = catalog.servicesOfNode(call.rest).map((row) => serviceView(row));
    return {
      index,
      json: {
        Node: nodeView(node, call.datacenter),
        Services: sortedMap(call.filter(own).map((view) => [view.ID, view] as const)),
      },
    };
  });
}

// --- health

export function healthService(call: Call): void {
  if (call.rest === '') throw badRequest('Missing service name');
  const onlyPassing = call.flag('passing');
  call.read((): Found => {
    if (onlyPassing === null) throw badRequest('Invalid value for ?passing');
    const { catalog } = call.store;
    const all = catalog.instances(call.rest);
    const rows = all
      .filter(hasTags(call))
      .filter(onNodes(call))
      .map((row) => ({ row, checks: catalog.checksOfInstance(row) }))
      .filter(({ checks }) => !onlyPassing || checks.every(({ Status }) => Status === 'passing'));
    return {
      index: catalog.indexOfService(call.rest, all.length > 0, true),
      json: call.filter(
        rows.map(({ row, checks }) => {
          const node = catalog.node(row.Node);
          return {
            Node: node === undefined ? null : nodeView(node, call.datacenter),
            Service: serviceView(row),
            Checks: checks.map(checkView),
          };
        }),
      ),
    };
  });
}

export function healthChecks(call: Call): void {
  if (call.rest === '') throw badRequest('Missing service name');
  readChecks(call, (check) => check.ServiceID !== '' && check.ServiceName.toLowerCase() === call.rest.toLowerCase());
}

export function healthNode(call: Call): void {
  if (call.rest === '') throw badRequest('Missing node name');
  readChecks(call, (check) => check.Node.toLowerCase() === call.rest.toLowerCase());
}

export function healthState(call: Call): void {
  if (call.rest === '') throw badRequest('Missing check state');
  readChecks(call, (check) => call.rest === 'any' || check.Status === call.rest);
}

function readChecks(call: Call, matches: (check: ReturnType<typeof checkView>) => boolean): void {
  call.read(() => ({
    index: call.store.maxIndex('checks'),
    json: call.filter(call.store.catalog.allChecks().filter(onNodes(call)).map(checkView).filter(matches)),
  }));
}

// --- registration past the agents

const SERVICE = {
  ID: 'string',
  Service: 'string',
  Tags: 'strings',
  Address: 'string',
  TaggedAddresses: { mapOf: { Address: 'string', Port: 'int' }, name: 'ServiceAddress' },
  Meta: 'map',
  Port: 'int',
  Weights: { struct: { Passing: 'int', Warning: 'int' }, name: 'Weights' },
  EnableTagOverride: 'bool',
} as const satisfies Schema;

const CHECK = {
  Node: 'string',
  CheckID: 'string',
  Name: 'string',
  Status: 'string',
  Notes: 'string',
  Output: 'string',
  ServiceID: 'string',
  ServiceName: 'string',
  ServiceTags: 'strings',
  Type: 'string',
  Interval: 'any',
  Timeout: 'any',
} as const satisfies Schema;

const REGISTER = {
  ID: 'string',
  Node: 'string',
  Address: 'string',
  TaggedAddresses: 'map',
  NodeMeta: 'map',
  Datacenter: 'string',
  SkipNodeUpdate: 'bool',
  Service: { struct: SERVICE, name: 'NodeService' },
  Check: { struct: CHECK, name: 'HealthCheck' },
  Checks: { list: CHECK, name: 'HealthCheck' },
} as const satisfies Schema;

interface RegisterBody {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly TaggedAddresses: Readonly<Record<string, string>> | null;
  readonly NodeMeta: Readonly<Record<string, string>> | null;
  readonly Datacenter: string;
  readonly SkipNodeUpdate: boolean;
  readonly Service: {
    readonly ID: string;
    readonly Service: string;
    readonly Tags: readonly string[] | null;
    readonly Address: string;
    readonly TaggedAddresses: Readonly<Record<string, ServiceAddress>> | null;
    readonly Meta: Readonly<Record<string, string>> | null;
    readonly Port: number;
    readonly Weights: { readonly Passing: number; readonly Warning: number } | null;
    readonly EnableTagOverride: boolean;
  } | null;
  readonly Check: CheckBody | null;
  readonly Checks: readonly CheckBody[] | null;
}

type CheckBody = Omit<CheckInfo, 'Status' | 'ServiceTags'> & {
  readonly Status: string;
  readonly ServiceTags: readonly string[] | null;
};

export function register(call: Call): void {
  const body = call.body<RegisterBody>(REGISTER, 'RegisterRequest');
  mustBeHere(call, body.Datacenter);
  if (body.Node === '') throw new Error('Must provide node');
  if (body.Address === '' && !body.SkipNodeUpdate) throw new Error('Must provide address if SkipNodeUpdate is not set');
  if (body.ID !== '' && !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(body.ID))
    throw new Error('Bad node ID: uuid string is wrong length');
  const { Service } = body;
  const id = Service === null ? '' : Service.ID || Service.Service;
  if (Service !== null && id !== '' && Service.Service === '') throw new Error('Must provide service name with ID');
  if (Service !== null && ['0.0.0.0', '::'].includes(Service.Address)) throw new Error('Invalid service address');
  const checks = [...(body.Checks ?? []), ...(body.Check ? [body.Check] : [])];
  call.write(
    {
      op: 'register',
      node: {
        ID: body.ID,
        Node: body.Node,
        Address: body.Address,
        TaggedAddresses: body.TaggedAddresses,
        Meta: body.NodeMeta,
      },
      skipsNode: body.SkipNodeUpdate,
      service:
        Service === null || id === ''
          ? null
          : { ...Service, ID: id, Tags: Service.Tags ?? [], Weights: Service.Weights ?? { Passing: 1, Warning: 1 } },
      checks: checks.map((check) => ({
        CheckID: check.CheckID || check.Name,
        Name: check.Name,
        Status: isStatus(check.Status) ? check.Status : 'critical',
        Notes: check.Notes,
        Output: check.Output,
        ServiceID: check.ServiceID,
        ServiceName: check.ServiceName,
        ServiceTags: check.ServiceTags ?? [],
        Type: check.Type,
        Interval: '',
        Timeout: '',
      })),
    },
    () => call.json(true),
  );
}

export function deregister(call: Call): void {
  const body = call.body<{ Node: string; Datacenter: string; ServiceID: string; CheckID: string }>(
    { Node: 'string', Address: 'string', Datacenter: 'string', ServiceID: 'string', CheckID: 'string' },
    'DeregisterRequest',
  );
  mustBeHere(call, body.Datacenter);
  if (body.Node === '') throw new Error('Must provide node');
  const command = { op: 'deregister', node: body.Node, serviceId: body.ServiceID, checkId: body.CheckID } as const;
  call.write(command, () => call.json(true));
}

function mustBeHere(call: Call, datacenter: string): void {
  if (datacenter !== '' && datacenter !== call.datacenter) throw new Error('No path to datacenter');
}

// --- what a query asks for

function hasTags(call: Call): (row: ServiceRow) => boolean {
  const wanted = call.query.all('tag').map((tag) => tag.toLowerCase());
  return ({ Tags }) => {
    const own = new Set(Tags.map((tag) => tag.toLowerCase()));
    return wanted.every((tag) => own.has(tag));
  };
}

function hasMeta(call: Call): (node: NodeRow) => boolean {
  const wanted = call.query.all('node-meta').map((pair) => {
    const colon = pair.indexOf(':');
    return colon < 0 ? ([pair, ''] as const) : ([pair.slice(0, colon), pair.slice(colon + 1)] as const);
  });
  return ({ Meta }) => wanted.every(([key, value]) => Meta?.[key] === value);
}

function onNodes(call: Call): (row: { readonly Node: string }) => boolean {
  if (!call.query.has('node-meta')) return () => true;
  const matches = hasMeta(call);
  return ({ Node }) => {
    const node = call.store.catalog.node(Node);
    return node !== undefined && matches(node);
  };
}
