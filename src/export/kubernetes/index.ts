/** compose.yaml → manifests for `kubectl apply -k`. */
import { stringify } from 'yaml';
import {
  type ComposeProblem,
  type ComposeProject,
  type ComposeService,
  type ProjectFiles,
  parseCompose,
} from '../../lab/compose/index.ts';
import { sharedClaim, sharedVolumes } from './disks.ts';
import { type KubernetesObject, labelsOf } from './objects.ts';
import { readmeOf } from './readme.ts';
import { settingsOf } from './settings.ts';
import { workloadOf } from './workload.ts';
import { type Written, writtenIn } from './written.ts';

export type KubernetesExport =
  /** Text by path: a manifest a service, kustomization.yaml, README.md. */
  | {
      readonly ok: true;
      readonly files: Readonly<Record<string, string>>;
      readonly objects: readonly KubernetesObject[];
    }
  | { readonly ok: false; readonly problems: readonly ComposeProblem[] };

/** @param files a sandbox's, by path from its folder */
export function toKubernetes(files: ProjectFiles): KubernetesExport {
  const parsed = parseCompose(files);
  if (!parsed.ok) return { ok: false, problems: parsed.problems };
  const { project } = parsed;
  const problems = project.services.flatMap((service) => nameProblems(project, service));
  if (problems.length > 0) return { ok: false, problems };

  const written = writtenIn(project, files);
  const shared = sharedVolumes(project);
  const awaited = new Set(
    project.services.flatMap(({ dependsOn }) =>
      dependsOn.filter(({ condition }) => condition === 'service_completed_successfully').map(({ service }) => service),
    ),
  );
  const byFile = new Map<string, readonly KubernetesObject[]>();
  byFile.set('namespace.yaml', [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: project.name } }]);
  if (shared.size > 0) byFile.set('volumes.yaml', [...shared].map(sharedClaim));
  for (const service of project.services)
    byFile.set(
      `${service.name}.yaml`,
      objectsOf(project, service, files, written.get(service.name)!, {
        isJob: awaited.has(service.name),
        sharesDisk: service.mounts.some(({ volume }) => shared.has(volume)),
      }),
    );
  const manifests = [...byFile].map(([name, objects]) => [
    name,
    objects.map((each) => stringify(each, { aliasDuplicateObjects: false })).join('---\n'),
  ]);
  return {
    ok: true,
    objects: [...byFile.values()].flat(),
    files: {
      ...Object.fromEntries(manifests),
      'kustomization.yaml': stringify(kustomizationOf(project, [...byFile.keys()])),
      'README.md': readmeOf(project, awaited),
    },
  };
}

function objectsOf(
  project: ComposeProject,
  service: ComposeService,
  files: ProjectFiles,
  written: Written,
  { isJob, sharesDisk }: { readonly isJob: boolean; readonly sharesDisk: boolean },
): readonly KubernetesObject[] {
  const settings = settingsOf(project.name, service, written.env);
  const path = service.context === '' ? 'Dockerfile' : `${service.context}/Dockerfile`;
  const dockerfile = service.context === null ? '' : (files[path] ?? '');
  const workload = workloadOf(service, { project: project.name, dockerfile, written, settings, isJob, sharesDisk });
  const isServed = !isJob && service.exposed.length > 0;
  return [
    ...settings.objects,
    workload,
    ...(isServed ? [serviceOf(project.name, service, workload.kind === 'StatefulSet')] : []),
    ...(!isJob && service.replicas > 1 ? [budgetOf(project.name, service)] : []),
  ];
}

/** Its name resolves as in Compose. Pods with a disk of their own have addresses of their own. */
function serviceOf(project: string, { name, exposed }: ComposeService, isHeadless: boolean): KubernetesObject {
  const labels = labelsOf(project, name);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels },
    spec: {
      ...(isHeadless ? { clusterIP: 'None' } : {}),
      selector: labels,
      ports: exposed.map((port) => ({ name: `tcp-${port}`, port, targetPort: port })),
    },
  };
}

/** While nodes are drained one pod at a time goes. Not for a single one: it could never go. */
function budgetOf(project: string, { name }: ComposeService): KubernetesObject {
  const labels = labelsOf(project, name);
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, labels },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  };
}

function kustomizationOf({ name, services }: ComposeProject, resources: readonly string[]): object {
  const built = services.filter(({ context }) => context !== null).map(({ image }) => image);
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: name,
    resources,
    // Where a registry is used: newName and newTag.
    ...(built.length === 0 ? {} : { images: built.map((image) => ({ name: image, newTag: 'latest' })) }),
  };
}

/** Names in Kubernetes are DNS labels (RFC 1123). */
function nameProblems(project: ComposeProject, { name, at }: ComposeService): readonly ComposeProblem[] {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return [];
  return [
    {
      file: project.file,
      ...at,
      severity: 'error',
      message: `Kubernetes takes lower-case letters, digits and hyphens for a name, at most 63; found ${name}.`,
      hint: 'Rename the service.',
    },
  ];
}
