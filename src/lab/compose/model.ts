/** A project as the lab runs it: everything resolved, nothing left to look up. Plain data, so that it can be compared. */
import type { ServerName } from '../images/index.ts';
import type { Place } from './problems.ts';

export interface ComposeProject {
  readonly name: string;
  /** The project's compose file, as `compose.yaml`. */
  readonly file: string;
  /** In the file's order, without those that a profile switches off. */
  readonly services: readonly ComposeService[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly lab: ProjectLab;
}

export interface ComposeService {
  readonly name: string;
  /** Where its name stands in the compose file. */
  readonly at: Place;
  /** `node:24-alpine`, or what Docker would call the built image: `shop-gateway`. */
  readonly image: string;
  /** Folder of the build context inside the project, as `gateway`; '' for the project itself; null without `build`. */
  readonly context: string | null;
  /** A command line, ready to run: `['node', 'src/main.ts']`, or that of a server. */
  readonly argv: readonly string[];
  /** The server that the image is, as redis; null for a Node program. */
  readonly server: ServerImage | null;
  /** What argv says, resolved: the program's absolute path in the container; null for a server. */
  readonly program: NodeProgram | null;
  /** Where the command is written, for messages about it. */
  readonly argvAt: { readonly file: string } & Place;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  /** What a new container's file system holds, by absolute path. */
  readonly files: ContainerFiles;
  readonly ports: readonly PublishedPort[];
  /** Container ports from `expose`, `ports` and the Dockerfile's EXPOSE, ascending. */
  readonly exposed: readonly number[];
  readonly dependsOn: readonly Dependency[];
  readonly healthcheck: Healthcheck | null;
  readonly restart: RestartPolicy;
  readonly replicas: number;
  readonly limits: { readonly cpus?: number; readonly memoryBytes?: number };
  readonly networks: readonly string[];
  readonly mounts: readonly VolumeMount[];
  readonly stopGraceMs: number;
  readonly stopSignal: string;
  readonly hostname: string | null;
  readonly lab: ServiceLab;
}

/** By absolute path in the container. `source` is the project path it was copied from. */
export type ContainerFiles = Readonly<Record<string, { readonly source: string; readonly text: string }>>;

export interface ServerImage {
  readonly program: ServerName;
  /** Folders that the image declares as volumes: kept when the container is made anew, also without a mount. */
  readonly volumes: readonly string[];
}

export interface NodeProgram {
  /** Absolute path of the main module; null with `-e`. */
  readonly script: string | null;
  /** The code after `-e`. */
  readonly code: string | null;
  /** What follows the script: process.argv from index 2. */
  readonly args: readonly string[];
}

export interface PublishedPort {
  /** Where it stands in the compose file. */
  readonly at: Place;
  /** Port outside; null lets Docker choose one. */
  readonly published: number | null;
  readonly target: number;
}

export type DependencyCondition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

export interface Dependency {
  readonly service: string;
  readonly condition: DependencyCondition;
  /** False: start all the same when it failed. */
  readonly isRequired: boolean;
  /** Restarted when the dependency is restarted by hand. */
  readonly restarts: boolean;
}

/** Times in ms with Docker's defaults filled in. */
export interface Healthcheck {
  readonly probe: Probe;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
  readonly startIntervalMs: number;
}

export type Probe =
  /** wget or curl. `passesOnErrorStatus`: curl without -f is content with any reply. */
  | { readonly kind: 'http'; readonly url: string; readonly passesOnErrorStatus: boolean; readonly text: string }
  /** A short-lived node process; exit code 0 passes. */
  /** A command of the server image itself, as `redis-cli ping`; exit code 0 passes. */
  | { readonly kind: 'tool'; readonly argv: readonly string[]; readonly text: string }
  | {
      readonly kind: 'process';
      readonly argv: readonly string[];
      readonly program: NodeProgram;
      readonly text: string;
    };

export interface RestartPolicy {
  readonly condition: 'no' | 'always' | 'on-failure' | 'unless-stopped';
  /** With on-failure; 0 for no limit. */
  readonly retriesMax: number;
}

export interface VolumeMount {
  /** Name of a top-level volume. */
  readonly volume: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

export interface ProjectLab {
  /** One-way latency between any two hosts, ms. */
  readonly latencyMs?: number;
}

export interface ServiceLab {
  readonly cpu?: CpuCost;
  /** One-way latency on every link to and from this service, ms; instead of the project's. */
  readonly latencyMs?: number;
}

/** CPU time that each HTTP request costs the service. */
export interface CpuCost {
  readonly perRequestMs: number;
  readonly distribution: 'constant' | 'exponential';
}

/** The n-th replica's name (from 1), as Docker Compose names containers: `catalog-1`. */
export function endpointOf(service: string, replica: number): string {
  return `${service}-${replica}`;
}

/** Who calls whom, as far as the file says: published services from `client`, and what each depends on. */
export function linksOf({ services }: ComposeProject): readonly (readonly [from: string, to: string])[] {
  return services.flatMap(({ name, ports, dependsOn }) => [
    ...(ports.length > 0 ? [['client', name] as const] : []),
    ...dependsOn.map(({ service }) => [name, service] as const),
  ]);
}

/** Where each service is asked for its health from inside its own container, of those that are asked by HTTP. */
export function healthUrlsOf({ services }: ComposeProject): ReadonlyMap<string, string> {
  return new Map(
    services.flatMap(({ name, healthcheck }) =>
      healthcheck?.probe.kind === 'http' ? [[name, healthcheck.probe.url] as const] : [],
    ),
  );
}

/** Whether two services share a network; a service always reaches itself. */
export function canReach(project: ComposeProject, from: string, to: string): boolean {
  const a = project.services.find((service) => service.name === from);
  const b = project.services.find((service) => service.name === to);
  if (a === undefined || b === undefined) return false;
  return a === b || a.networks.some((network) => b.networks.includes(network));
}
