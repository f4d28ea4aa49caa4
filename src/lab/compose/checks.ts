/** What concerns more than one service: references, published ports, cycles, health that nobody reports. */
import { findCycle } from './graph.ts';
import type { ComposeService } from './model.ts';
import { closest, type Problems } from './problems.ts';
import type { ServiceDraft } from './service.ts';

export function checkReferences(
  active: readonly ServiceDraft[],
  all: readonly ServiceDraft[],
  networks: readonly string[],
  volumes: readonly string[],
  problems: Problems,
): void {
  const names = active.map((draft) => draft.name);
  for (const draft of active) {
    for (const dependency of draft.dependsOn) {
      if (names.includes(dependency.service)) continue;
      const inactive = all.find((other) => other.name === dependency.service);
      if (inactive !== undefined) {
        if (!dependency.isRequired) continue;
        problems.error(
          dependency.at,
          `\`${draft.name}\` depends on \`${dependency.service}\`, which its profiles switch off`,
          `Start with the profile ${inactive.profiles.join(' or ')}, or write required: false.`,
        );
        continue;
      }
      const meant = closest(dependency.service, names);
      problems.error(
        dependency.at,
        `\`${draft.name}\` depends on \`${dependency.service}\`, and there is no such service`,
        meant ? `Did you mean \`${meant}\`?` : `Services: ${names.join(', ')}.`,
      );
    }
    for (const network of draft.networks ?? []) {
      if (network.value === 'default' || networks.includes(network.value)) continue;
      const meant = closest(network.value, networks);
      problems.error(
        network.at,
        `\`${draft.name}\` is on the network \`${network.value}\`, which is not declared`,
        meant ? `Did you mean \`${meant}\`?` : `Add it at the top level: networks: { ${network.value}: {} }.`,
      );
    }
    for (const mount of draft.mounts) {
      if (volumes.includes(mount.volume)) continue;
      problems.error(
        mount.at,
        `\`${draft.name}\` uses the volume \`${mount.volume}\`, which is not declared`,
        `Add it at the top level: volumes: { ${mount.volume}: {} }.`,
      );
    }
  }
  const cycle = findCycle(
    active.map((draft) => ({ name: draft.name, dependsOn: draft.dependsOn.map((d) => d.service) })),
  );
  if (cycle !== null) {
    const first = active.find((draft) => draft.name === cycle[0])!;
    const at = first.dependsOn.find((dependency) => dependency.service === cycle[1])!.at;
    problems.error(
      at,
      `services wait for each other: ${cycle.join(' → ')}`,
      'Remove one depends_on; a service that is called only later needs none.',
    );
  }
}

export function checkPorts(active: readonly ServiceDraft[], problems: Problems): void {
  const taken = new Map<number, { name: string; line: number }>();
  for (const draft of active) {
    const replicas = draft.deploy.replicas?.value ?? draft.scale?.value ?? 1;
    for (const port of draft.ports) {
      if (port.published === null) continue;
      const before = taken.get(port.published);
      if (before !== undefined) {
        problems.error(
          port.at,
          `port ${port.published} is published twice: by \`${before.name}\` (line ${before.line}) and by \`${draft.name}\``,
          `Publish another one, as "${freePort(port.published, active)}:${port.target}"; services reach each other without ports:.`,
        );
        continue;
      }
      taken.set(port.published, { name: draft.name, line: port.at.line });
      if (replicas > 1) {
        problems.error(
          port.at,
          `\`${draft.name}\` has ${replicas} replicas and the one port ${port.published}: the second would fail with "port is already allocated"`,
          `Write "${port.target}" to let Docker choose a port for each, or publish only a gateway in front of them.`,
        );
      }
    }
  }
}

function freePort(port: number, active: readonly ServiceDraft[]): number {
  const all = new Set(active.flatMap((draft) => draft.ports.map((p) => p.published)));
  while (all.has(port)) port++;
  return port;
}

export function checkHealthConditions(
  drafts: readonly ServiceDraft[],
  services: readonly ComposeService[],
  problems: Problems,
): void {
  for (const draft of drafts) {
    for (const dependency of draft.dependsOn) {
      const service = services.find((candidate) => candidate.name === dependency.service);
      if (dependency.condition !== 'service_healthy' || service === undefined || service.healthcheck !== null) continue;
      problems.error(
        dependency.at,
        `\`${draft.name}\` waits until \`${service.name}\` is healthy, but \`${service.name}\` has no healthcheck`,
        `Give \`${service.name}\` a healthcheck, or write condition: service_started.`,
      );
    }
  }
}
