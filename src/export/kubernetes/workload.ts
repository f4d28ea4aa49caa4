/** What runs a service's containers: a Deployment; a StatefulSet when it keeps data of its own; a Job when it is to end. */
import type { ComposeService } from '../../lab/compose/index.ts';
import { claimTemplatesOf, mountsOf, volumesOf } from './disks.ts';
import { type KubernetesObject, labelsOf } from './objects.ts';
import { probesOf, seconds } from './probes.ts';
import type { Settings } from './settings.ts';
import type { Written } from './written.ts';

export interface WorkloadContext {
  readonly project: string;
  /** The Dockerfile it is built from; '' without `build`. */
  readonly dockerfile: string;
  readonly written: Written;
  readonly settings: Settings;
  /** Whether others wait until it has ended: `service_completed_successfully`. */
  readonly isJob: boolean;
  /** Whether a volume of it is another service's, too. */
  readonly sharesDisk: boolean;
}

/**
 * A pod leaves the Service's endpoints and gets SIGTERM at the same moment, and those who balance hear of it later:
 * so long it still answers (Kubernetes: Pod Lifecycle, termination).
 */
const DRAIN_S = 5;

/** Asked for where Compose sets no limits, so that the scheduler has something to reckon with. */
const REQUESTS = { cpu: '50m', memory: '128Mi' };

export function workloadOf(service: ComposeService, context: WorkloadContext): KubernetesObject {
  const { name, replicas } = service;
  const { project, isJob, sharesDisk } = context;
  const labels = labelsOf(project, name);
  const metadata = { name, labels };
  const template = { metadata: { labels }, spec: podOf(service, context) };
  if (isJob)
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata,
      spec: { backoffLimit: service.restart.retriesMax || 6, template },
    };
  const common = { replicas, selector: { matchLabels: labels } };
  if (service.mounts.length > 0 && !sharesDisk)
    return {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: { ...common, serviceName: name, template, volumeClaimTemplates: claimTemplatesOf(service) },
    };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    // New pods first: at no moment are there fewer than before.
    spec: {
      ...common,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template,
    },
  };
}

function podOf(
  service: ComposeService,
  { project, written, dockerfile, settings, isJob, sharesDisk }: WorkloadContext,
): object {
  const { name, image, context, exposed, stopGraceMs } = service;
  const probes = isJob ? null : probesOf(service);
  const drains = !isJob && exposed.length > 0;
  const volumeMounts = [...mountsOf(service), ...settings.volumeMounts];
  const volumes = [...settings.volumes, ...(sharesDisk || isJob ? volumesOf(service) : [])];
  return {
    ...(isJob ? { restartPolicy: 'OnFailure' } : {}),
    // It calls no Kubernetes API; and REDIS_PORT=tcp://… of a Service named redis is nobody's setting.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: seconds(stopGraceMs) + (drains ? DRAIN_S : 0),
    ...(service.replicas > 1 ? { topologySpreadConstraints: [spread(project, name)] } : {}),
    containers: [
      {
        name,
        image: context === null ? image : `${image}:latest`,
        ...(context === null ? {} : { imagePullPolicy: 'IfNotPresent' }),
        ...written.command,
        ...(exposed.length > 0 ? { ports: exposed.map((port) => ({ containerPort: port })) } : {}),
        ...(settings.envFrom.length > 0 ? { envFrom: settings.envFrom } : {}),
        ...(probes ?? {}),
        ...(drains ? { lifecycle: { preStop: { sleep: { seconds: DRAIN_S } } } } : {}),
        resources: resourcesOf(service),
        ...securityOf(dockerfile),
        ...(volumeMounts.length > 0 ? { volumeMounts } : {}),
      },
    ],
    ...(volumes.length > 0 ? { volumes } : {}),
  };
}

function resourcesOf({ limits: { cpus, memoryBytes } }: ComposeService): object {
  const limits = {
    ...(cpus === undefined ? {} : { cpu: `${Math.round(cpus * 1000)}m` }),
    ...(memoryBytes === undefined ? {} : { memory: String(memoryBytes) }),
  };
  return Object.keys(limits).length === 0 ? { requests: REQUESTS } : { requests: { ...REQUESTS, ...limits }, limits };
}

/** Two on one node fall with that node. */
function spread(project: string, service: string): object {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labelsOf(project, service) },
  };
}

/** A program of our own needs no rights. Official images start as root to take over their data folder, then drop it. */
function securityOf(dockerfile: string): object {
  if (dockerfile === '') return {};
  const users = [...dockerfile.matchAll(/^USER\s+(\S+)/gm)].map(([, user]) => user!);
  const user = users.at(-1);
  // Kubernetes can only check numbers; `node` is 1000 in the official image.
  const uid = user === 'node' ? 1000 : Number(user?.split(':')[0]);
  return {
    securityContext: {
      ...(Number.isInteger(uid) && uid > 0 ? { runAsNonRoot: true, runAsUser: uid } : {}),
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}
