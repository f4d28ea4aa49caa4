/** The objects written here, as far as they are: Kubernetes' own names, versions and defaults (API reference v1.34). */

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: number };
  readonly exec?: { readonly command: readonly string[] };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: true;
}

export type Volume =
  | { readonly name: string; readonly configMap: { readonly name: string } }
  | { readonly name: string; readonly persistentVolumeClaim: { readonly claimName: string } };

/** What every object of a service is found by. */
export function labelsOf(project: string, service: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': service, 'app.kubernetes.io/part-of': project };
}
