/** What the state store holds, as plain data: it is written to the log and to snapshots as it is. */

export type Status = 'passing' | 'warning' | 'critical';

interface Indexed {
  CreateIndex: number;
  ModifyIndex: number;
}

export interface ServiceAddress {
  readonly Address: string;
  readonly Port: number;
}

export interface NodeInfo {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly TaggedAddresses: Readonly<Record<string, string>> | null;
  readonly Meta: Readonly<Record<string, string>> | null;
}

export type NodeRow = NodeInfo & Indexed;

export interface ServiceInfo {
  readonly ID: string;
  readonly Service: string;
  readonly Tags: readonly string[];
  readonly Address: string;
  readonly TaggedAddresses: Readonly<Record<string, ServiceAddress>> | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Port: number;
  readonly Weights: { readonly Passing: number; readonly Warning: number };
  readonly EnableTagOverride: boolean;
}

export type ServiceRow = ServiceInfo & { readonly Node: string } & Indexed;

export interface CheckInfo {
  readonly CheckID: string;
  readonly Name: string;
  readonly Status: Status;
  readonly Notes: string;
  readonly Output: string;
  readonly ServiceID: string;
  readonly ServiceName: string;
  readonly ServiceTags: readonly string[];
  readonly Type: string;
  /** `10s`, empty for checks without. */
  readonly Interval: string;
  readonly Timeout: string;
}

export type CheckRow = CheckInfo & { readonly Node: string } & Indexed;

export interface KeyInfo {
  readonly Key: string;
  /** A uint64 in decimal. */
  readonly Flags: string;
  /** Base 64; null for no value, which JSON shows as null. */
  readonly Value: string | null;
  readonly Session: string;
}

export type KeyRow = KeyInfo & { readonly LockIndex: number } & Indexed;

export interface SessionInfo {
  readonly ID: string;
  readonly Name: string;
  readonly Node: string;
  readonly LockDelayNs: number;
  readonly Behavior: 'release' | 'delete';
  /** `30s`, empty for none. */
  readonly TTL: string;
  readonly NodeChecks: readonly string[];
  readonly ServiceChecks: readonly { readonly ID: string }[] | null;
}

export type SessionRow = SessionInfo & Indexed;

/** A service as some node has it. */
export interface RegisterCommand {
  readonly op: 'register';
  readonly node: NodeInfo;
  /** Only service and checks; the node must be known. */
  readonly skipsNode: boolean;
  readonly service: ServiceInfo | null;
  readonly checks: readonly CheckInfo[];
}

export interface DeregisterCommand {
  readonly op: 'deregister';
  readonly node: string;
  /** Neither of both: the node with all that it has. */
  readonly serviceId: string;
  readonly checkId: string;
}

export type KeyVerb =
  | 'set'
  | 'cas'
  | 'lock'
  | 'unlock'
  | 'delete'
  | 'delete-cas'
  | 'delete-tree'
  | 'get'
  | 'get-or-empty'
  | 'get-tree'
  | 'check-index'
  | 'check-session'
  | 'check-not-exists';

export interface KeyOperation extends KeyInfo {
  readonly verb: KeyVerb;
  /** Of cas, delete-cas and check-index. */
  readonly index: number;
}

export type Command =
  | RegisterCommand
  | DeregisterCommand
  | { readonly op: 'kv'; readonly operation: KeyOperation }
  | { readonly op: 'txn'; readonly operations: readonly KeyOperation[] }
  | { readonly op: 'session-create'; readonly session: SessionInfo }
  | { readonly op: 'session-destroy'; readonly id: string }
  /** What a new leader writes first. */
  | { readonly op: 'noop' };

/** All of a store; also the shape of a snapshot. */
export interface Tables {
  readonly nodes: NodeRow[];
  readonly services: ServiceRow[];
  readonly checks: CheckRow[];
  readonly keys: KeyRow[];
  readonly sessions: SessionRow[];
  readonly tombstones: [string, number][];
  readonly indexes: [string, number][];
}
