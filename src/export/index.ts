/**
 * A sandbox in the form that another platform takes. Text in, text out, so that the page and the terminal share it.
 *
 * - kubernetes/   compose.yaml → manifests; one file a kind of object
 *   index.ts        the door: which objects a service becomes
 *   workload.ts     Deployment, StatefulSet or Job; probes.ts, settings.ts, disks.ts what stands in its pods
 *   written.ts      what the compose file itself says, apart from what images bring; secrets.ts: what of it is one
 *   objects.ts      the shapes of the manifests, as far as they are written here
 *   readme.ts       how to apply them, and what Compose says that Kubernetes has no word for
 *
 * Docker Compose needs no export: a sandbox is a Compose project. Not here: running anything (src/engines).
 */
export { type KubernetesExport, toKubernetes } from './kubernetes/index.ts';
