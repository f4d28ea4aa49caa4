/** Services and checks as the agent's API and its configuration files define them. */
import type { Field, Schema } from '../go/decode.ts';
import { formatDuration } from '../go/duration.ts';
import type { CheckInfo, ServiceAddress, ServiceInfo, Status } from '../state/rows.ts';

const CHECK_TYPE = {
  CheckID: 'string',
  Name: 'string',
  Status: 'string',
  Notes: 'string',
  Args: 'strings',
  ScriptArgs: 'strings',
  Script: 'string',
  HTTP: 'string',
  Header: 'lists',
  Method: 'string',
  Body: 'string',
  DisableRedirects: 'bool',
  TCP: 'string',
  UDP: 'string',
  GRPC: 'string',
  H2PING: 'string',
  OSService: 'string',
  AliasNode: 'string',
  AliasService: 'string',
  DockerContainerID: 'string',
  Interval: 'duration',
  Timeout: 'duration',
  TTL: 'duration',
  TLSSkipVerify: 'bool',
  SuccessBeforePassing: 'int',
  FailuresBeforeWarning: 'int',
  FailuresBeforeCritical: 'int',
  DeregisterCriticalServiceAfter: 'duration',
  OutputMaxSize: 'int',
} as const satisfies Schema;

export const CHECK_SCHEMA = { ID: 'string', ServiceID: 'string', ...CHECK_TYPE } as const satisfies Schema;

const ADDRESS = { Address: 'string', Port: 'int' } as const satisfies Schema;
const CHECK_FIELD = { struct: CHECK_TYPE, name: 'CheckType' } as const satisfies Field;

export const SERVICE_SCHEMA = {
  Kind: 'string',
  ID: 'string',
  Name: 'string',
  Tags: 'strings',
  Address: 'string',
  TaggedAddresses: { mapOf: ADDRESS, name: 'ServiceAddress' },
  Meta: 'map',
  Port: 'int',
  Weights: { struct: { Passing: 'int', Warning: 'int' }, name: 'Weights' },
  EnableTagOverride: 'bool',
  Check: CHECK_FIELD,
  Checks: { list: CHECK_TYPE, name: 'CheckType' },
} as const satisfies Schema;

/** What a check does; durations are ns, 0 for none. */
export interface CheckType {
  readonly CheckID: string;
  readonly Name: string;
  readonly Status: string;
  readonly Notes: string;
  readonly HTTP: string;
  readonly Header: Readonly<Record<string, readonly string[]>> | null;
  readonly Method: string;
  readonly Body: string;
  readonly DisableRedirects: boolean;
  readonly TCP: string;
  readonly Interval: number;
  readonly Timeout: number;
  readonly TTL: number;
  readonly SuccessBeforePassing: number;
  readonly FailuresBeforeWarning: number;
  readonly FailuresBeforeCritical: number;
  readonly DeregisterCriticalServiceAfter: number;
  readonly OutputMaxSize: number;
}

export interface CheckDefinition extends CheckType {
  readonly ID: string;
  readonly ServiceID: string;
}

export interface ServiceDefinition {
  readonly ID: string;
  readonly Name: string;
  readonly Tags: readonly string[] | null;
  readonly Address: string;
  readonly TaggedAddresses: Readonly<Record<string, ServiceAddress>> | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Port: number;
  readonly Weights: { readonly Passing: number; readonly Warning: number } | null;
  readonly EnableTagOverride: boolean;
  readonly Check: CheckType | null;
  readonly Checks: readonly CheckType[] | null;
}

/** Kinds that the real one has and the lab's does not. */
const NOT_BUILT = ['UDP', 'GRPC', 'H2PING', 'OSService', 'AliasNode', 'AliasService', 'DockerContainerID'] as const;

/** What is wrong with it, in Consul's words; null for nothing. Source: agent/structs/check_type.go, Validate. */
export function checkProblem(raw: object): string | null {
  const check = raw as CheckType & Readonly<Record<string, unknown>>;
  const isScript = ((check.Args as unknown[] | null) ?? (check.ScriptArgs as unknown[] | null) ?? []).length > 0;
  const asksAtIntervals = isScript || check.HTTP !== '' || check.TCP !== '';
  for (const kind of NOT_BUILT)
    if (check[kind] !== '' && check[kind] !== undefined) return `the lab's Consul has no checks by ${kind}`;
  if (check.Interval > 0 && check.TTL > 0) return 'Interval and TTL cannot both be specified';
  if (asksAtIntervals && check.Interval <= 0)
    return 'Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks';
  if (!asksAtIntervals && check.TTL <= 0) return 'TTL must be > 0 for TTL checks';
  if (check.OutputMaxSize < 0) return 'MaxOutputMaxSize must be positive';
  if (check.FailuresBeforeWarning > check.FailuresBeforeCritical && check.FailuresBeforeCritical !== 0)
    return "FailuresBeforeWarning can't be higher than FailuresBeforeCritical";
  if (isScript)
    return "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true";
  return null;
}

/** `"Check": {}` means no check. */
export const isEmptyCheck = (check: object): boolean =>
  Object.values(check).every((value) => value === '' || value === 0 || value === false || value === null);

export const isStatus = (text: string): text is Status => ['passing', 'warning', 'critical'].includes(text);

export function kindOf({ TTL, HTTP, TCP }: CheckType): string {
  return TTL > 0 ? 'ttl' : HTTP !== '' ? 'http' : TCP !== '' ? 'tcp' : '';
}

/** Unset parts are what the agent takes for them. */
export function serviceOf(definition: ServiceDefinition): ServiceInfo {
  const { Name, Address, Port } = definition;
  const isIpv4 = /^\d+\.\d+\.\d+\.\d+$/.test(Address);
  const own: Record<string, ServiceAddress> = isIpv4
    ? { lan_ipv4: { Address, Port }, wan_ipv4: { Address, Port } }
    : {};
  const tagged = { ...own, ...definition.TaggedAddresses };
  return {
    ID: definition.ID || Name,
    Service: Name,
    Tags: definition.Tags ?? [],
    Address,
    TaggedAddresses: Object.keys(tagged).length === 0 ? null : tagged,
    Meta: definition.Meta,
    Port,
    Weights: definition.Weights ?? { Passing: 1, Warning: 1 },
    EnableTagOverride: definition.EnableTagOverride,
  };
}

/** A check before its first result: critical unless the definition says otherwise. */
export function checkOf(type: CheckType, id: string, name: string, service: ServiceInfo | null): CheckInfo {
  return {
    CheckID: id,
    Name: name,
    Status: isStatus(type.Status) ? type.Status : 'critical',
    Notes: type.Notes,
    Output: '',
    ServiceID: service?.ID ?? '',
    ServiceName: service?.Service ?? '',
    ServiceTags: service?.Tags ?? [],
    Type: kindOf(type),
    Interval: type.Interval === 0 ? '' : formatDuration(type.Interval),
    Timeout: type.Timeout === 0 ? '' : formatDuration(type.Timeout),
  };
}
