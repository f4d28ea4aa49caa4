/** Named volumes: claims, and where a container mounts them. */
import type { ComposeProject, ComposeService } from '../../lab/compose/index.ts';
import type { KubernetesObject, Volume, VolumeMount } from './objects.ts';

/** Compose has no sizes. A learning system's data fits, and every provisioner gives this little. */
const SIZE = '1Gi';

/** The mounts of a service; `subPath`, because a fresh disk's lost+found makes PostgreSQL refuse its folder. */
export function mountsOf({ mounts }: ComposeService): readonly VolumeMount[] {
  return mounts.map(({ volume, target, isReadOnly }) => ({
    name: nameOf(volume),
    mountPath: target,
    subPath: 'data',
    ...(isReadOnly ? { readOnly: true as const } : {}),
  }));
}

/** Claims that a StatefulSet makes for each of its pods. */
export function claimTemplatesOf({ mounts }: ComposeService): readonly object[] {
  return mounts.map(({ volume }) => ({ metadata: { name: nameOf(volume) }, spec: claim('ReadWriteOnce') }));
}

/** Volumes that several services mount: one claim for all, which the cluster must be able to share between nodes. */
export function sharedVolumes({ services }: ComposeProject): ReadonlySet<string> {
  const users = new Map<string, Set<string>>();
  for (const { name, mounts } of services)
    for (const { volume } of mounts) users.set(volume, (users.get(volume) ?? new Set()).add(name));
  return new Set([...users].filter(([, names]) => names.size > 1).map(([volume]) => volume));
}

export function sharedClaim(volume: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: nameOf(volume) },
    spec: claim('ReadWriteMany'),
  };
}

export function volumesOf({ mounts }: ComposeService): readonly Volume[] {
  return mounts.map(({ volume }) => ({ name: nameOf(volume), persistentVolumeClaim: { claimName: nameOf(volume) } }));
}

function claim(mode: string): object {
  return { accessModes: [mode], resources: { requests: { storage: SIZE } } };
}

/** Compose allows underscores, Kubernetes does not (RFC 1123). */
function nameOf(volume: string): string {
  return volume.toLowerCase().replace(/[^a-z0-9-]/g, '-');
}
