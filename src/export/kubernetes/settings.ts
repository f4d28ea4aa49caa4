/** A service's environment and mounted files: ConfigMap and Secret, and how its pods take them in. */
import type { ComposeService } from '../../lab/compose/index.ts';
import { type KubernetesObject, labelsOf, type Volume, type VolumeMount } from './objects.ts';
import { isSecret } from './secrets.ts';

export interface Settings {
  readonly objects: readonly KubernetesObject[];
  readonly envFrom: readonly object[];
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
}

export function settingsOf(project: string, service: ComposeService, env: Readonly<Record<string, string>>): Settings {
  const { name } = service;
  const labels = labelsOf(project, name);
  const entries = Object.entries(env);
  const open = entries.filter(([key, value]) => !isSecret(key, value));
  const secret = entries.filter(([key, value]) => isSecret(key, value));
  const files = mountedFiles(service);
  const objects: KubernetesObject[] = [];
  const envFrom: object[] = [];
  if (open.length > 0) {
    objects.push(configMap(`${name}-env`, labels, Object.fromEntries(open)));
    envFrom.push({ configMapRef: { name: `${name}-env` } });
  }
  if (secret.length > 0) {
    objects.push({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `${name}-secret`, labels },
      type: 'Opaque',
      stringData: Object.fromEntries(secret),
    });
    envFrom.push({ secretRef: { name: `${name}-secret` } });
  }
  if (files.length > 0)
    objects.push(configMap(`${name}-files`, labels, Object.fromEntries(files.map(({ key, text }) => [key, text]))));
  return {
    objects,
    envFrom,
    volumes: files.length === 0 ? [] : [{ name: 'files', configMap: { name: `${name}-files` } }],
    volumeMounts: files.map(({ key, path }) => ({ name: 'files', mountPath: path, subPath: key, readOnly: true })),
  };
}

/** Files of the project in a container whose image is not built from it: bind mounts, configs and secrets. */
function mountedFiles({ context, files }: ComposeService) {
  if (context !== null) return [];
  return Object.entries(files).map(([path, { text }]) => ({ path, text, key: path.slice(1).replaceAll('/', '_') }));
}

function configMap(name: string, labels: Readonly<Record<string, string>>, data: Readonly<Record<string, string>>) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}
