/** The README beside the manifests: three commands, and what Compose says that Kubernetes has no word for. */
import type { ComposeProject } from '../../lab/compose/index.ts';

export function readmeOf(project: ComposeProject, jobs: ReadonlySet<string>): string {
  const { name, services } = project;
  const built = services.filter(({ context }) => context !== null);
  const published = services.flatMap(({ name, ports }) => ports.map((port) => ({ name, ...port })));
  const cpu = services.filter(({ lab }) => lab.cpu !== undefined).map(({ name }) => name);
  const waits = services.filter(({ dependsOn }) => dependsOn.length > 0).map(({ name }) => name);
  return [
    `# ${name} on Kubernetes`,
    'Generated from the Docker Compose project beside this folder. Kubernetes 1.30 or newer (`preStop.sleep`).',
    '## Run it',
    block(
      ...(built.length === 0
        ? []
        : [
            'docker compose build        # in the folder with compose.yaml',
            `kind load docker-image ${built.map(({ image }) => `${image}:latest`).join(' ')}`,
          ]),
      'kubectl apply -k .',
      `kubectl -n ${name} get pods --watch`,
      ...published.map(
        ({ name: service, published, target }) =>
          `kubectl -n ${name} port-forward service/${service} ${published ?? target}:${target}`,
      ),
    ),
    built.length === 0
      ? ''
      : 'Without kind: push the images to a registry and write their addresses as `newName` into kustomization.yaml.',
    '## What is different from Compose',
    list([
      'The passwords in the Secrets are those of the compose file, for a sandbox. Put your own there first.',
      waits.length === 0
        ? ''
        : `\`depends_on\` has no counterpart: ${sentenceOf(waits)} start at once, are not ready until what they need is, and are restarted if they give up.`,
      'The health check became a startup and a readiness probe. There is no liveness probe: Compose restarts nothing for being unhealthy. Add one where you have an address that looks at the process alone; one that looks at the database would restart every service when the database is down.',
      'Every restart policy is Kubernetes’ own, `Always` with a growing delay, except in Jobs.',
      jobs.size === 0 ? '' : `${sentenceOf([...jobs])} became a Job: others wait for its end.`,
      'A Service spreads connections, not requests: a kept connection stays with its pod. In Compose, DNS does.',
      project.volumes.length === 0 ? '' : 'Each volume asks for 1 GiB, since Compose names no sizes.',
      'Where the compose file sets no limits, 50m CPU and 128Mi memory are requested and nothing is limited.',
      cpu.length === 0 ? '' : '`x-lab` is the lab’s: here requests cost what they cost.',
    ]),
    '',
  ]
    .filter((part, i, all) => part !== '' || i === all.length - 1)
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function block(...lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n');
}

function list(items: readonly string[]): string {
  return items
    .filter((item) => item !== '')
    .map((item) => `- ${item}`)
    .join('\n');
}

function sentenceOf(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
