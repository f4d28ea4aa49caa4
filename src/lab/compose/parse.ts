/** compose.yaml and the files it names → a project that the lab can boot, or everything that is wrong with it. */
import { parseEnvFile } from './envfile.ts';
import type { ProjectFiles } from './files.ts';
import { findCycle } from './graph.ts';
import type { Variables } from './interpolate.ts';
import type { ComposeProject, ComposeService } from './model.ts';
import { type ComposeProblem, closest, type Place, Problems } from './problems.ts';
import { asMap, readBoolean, readMap, readPairs, readText } from './reader.ts';
import { resolveService } from './resolve.ts';
import { readService, type ServiceDraft } from './service.ts';
import { TOP_LEVEL_NOT_YET } from './unsupported.ts';
import { readProjectLab } from './xlab.ts';
import { readYaml, type YamlNode } from './yaml.ts';

export interface ParseOptions {
  /** Variables for `${NAME}`; a file `.env` in the project adds to them. */
  readonly env?: Variables;
  /** Active profiles; services with other profiles only are left out. */
  readonly profiles?: readonly string[];
}

export type ParseResult =
  | { readonly ok: true; readonly project: ComposeProject; readonly warnings: readonly ComposeProblem[] }
  | { readonly ok: false; readonly problems: readonly ComposeProblem[] };

/** In the order in which Docker Compose looks for them. */
export const COMPOSE_FILE_NAMES: readonly string[] = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yaml',
  'docker-compose.yml',
];

/** Problems come sorted by place, the errors of `compose.yaml` before those of other files. */
export function parseCompose(files: ProjectFiles, options: ParseOptions = {}): ParseResult {
  const file = COMPOSE_FILE_NAMES.find((name) => files[name] !== undefined);
  if (file === undefined) {
    const start = { severity: 'error', file: 'compose.yaml', line: 1, column: 1 } as const;
    const message = 'the project has no compose.yaml';
    return { ok: false, problems: [{ ...start, message, hint: 'Add one that names the services under `services:`.' }] };
  }
  const problems = new Problems(file);
  const project = readProject(files, file, options, problems);
  const sorted = [...problems.list].sort((a, b) => byFile(file, a, b) || a.line - b.line || a.column - b.column);
  if (project === null || sorted.some((problem) => problem.severity === 'error'))
    return { ok: false, problems: sorted };
  return { ok: true, project, warnings: sorted };
}

function readProject(
  files: ProjectFiles,
  file: string,
  options: ParseOptions,
  problems: Problems,
): ComposeProject | null {
  const outer = options.env ?? {};
  const variables = {
    ...(files['.env'] === undefined ? {} : parseEnvFile(files['.env'], outer, problems.forFile('.env'))),
    ...outer,
  };
  const root = readYaml(files[file]!, variables, problems);
  if (root === null) return null;
  if (root.kind === 'scalar' && root.value === null) {
    problems.error(root.at, 'the file is empty', 'Write services: and one entry for each service.');
    return null;
  }

  let name = 'project';
  let servicesAt: Place | null = null;
  let drafts: ServiceDraft[] = [];
  let networks: string[] = [];
  let volumes: string[] = [];
  let lab = {};
  readMap(
    root,
    {
      path: '',
      fields: {
        services: (value, keyAt) => {
          servicesAt = keyAt;
          drafts = readServices(value, problems);
        },
        name: (value) => {
          const text = readText(value, 'name', problems);
          if (text !== null && !/^[a-z0-9][a-z0-9_-]*$/.test(text)) {
            problems.error(
              value.at,
              `\`name\` must be lower-case letters, digits, - and _, found "${text}"`,
              `Write name: ${
                text
                  .toLowerCase()
                  .replace(/[^a-z0-9_-]+/g, '-')
                  .replace(/^[^a-z0-9]+/, '') || 'shop'
              }`,
            );
          } else name = text ?? name;
        },
        networks: (value) => {
          networks = readDeclared(value, 'networks', problems);
        },
        volumes: (value) => {
          volumes = readDeclared(value, 'volumes', problems);
        },
        version: (_value, keyAt) =>
          problems.warn(keyAt, '`version` is obsolete; Compose ignores it', 'Delete the line.'),
        'x-lab': (value) => {
          lab = readProjectLab(value, problems);
        },
      },
      notYet: TOP_LEVEL_NOT_YET,
    },
    problems,
  );
  if (root.kind !== 'map') return null;
  if (servicesAt === null) {
    // A mistyped `services` has been told already.
    if (problems.list.length === 0)
      problems.error(root.at, 'the file has no `services`', 'Write services: and under it one entry for each service.');
    return null;
  }

  const profiles = new Set([...(options.profiles ?? []), ...(variables.COMPOSE_PROFILES?.split(',') ?? [])]);
  const isActive = (draft: ServiceDraft) =>
    draft.profiles.length === 0 || draft.profiles.some((p) => profiles.has(p)) || profiles.has('*');
  const active = drafts.filter(isActive);
  checkReferences(active, drafts, networks, volumes, problems);
  checkPorts(active, problems);
  const services = active.flatMap((draft) => resolveService(draft, { name, file, files, variables, problems }) ?? []);
  if (services.length === active.length) checkHealthConditions(active, services, problems);
  return {
    name,
    file,
    services,
    networks: [...new Set(['default', ...networks])],
    volumes,
    lab,
  };
}

function readServices(node: YamlNode, problems: Problems): ServiceDraft[] {
  const map = asMap(node, 'services', problems);
  if (map === null) return [];
  if (map.entries.length === 0) problems.error(node.at, '`services` is empty', 'Write one entry for each service.');
  return map.entries.flatMap(({ key, keyAt, value }) => {
    if (key.startsWith('x-') && value.kind !== 'map') return [];
    if (!/^[a-zA-Z0-9._-]+$/.test(key)) {
      problems.error(
        keyAt,
        `"${key}" is no name for a service: letters, digits, ., _ and - only`,
        'Choose a name that can be a host name, as catalog.',
      );
      return [];
    }
    if (key === 'client') {
      problems.error(
        keyAt,
        'a service cannot be called `client`: the lab calls the outside world so',
        'Choose another name.',
      );
      return [];
    }
    return readService(key, keyAt, value, problems);
  });
}

/** Names under `networks:` and `volumes:`. What they are made of is Docker's business; the lab knows plain ones. */
function readDeclared(node: YamlNode, what: 'networks' | 'volumes', problems: Problems): string[] {
  if (node.kind === 'scalar' && node.value === null) return [];
  const map = asMap(node, what, problems);
  if (map === null) return [];
  return map.entries.map(({ key, value }) => {
    if (value.kind === 'scalar' && value.value === null) return key;
    const path = `${what}.${key}`;
    const advice = `Leave it out; the lab has plain ${what} only.`;
    readMap(
      value,
      {
        path,
        fields: {
          name: (inner) => {
            readText(inner, `${path}.name`, problems);
          },
          labels: (inner) => {
            readPairs(inner, `${path}.labels`, problems);
          },
          driver: (inner) => {
            const driver = readText(inner, `${path}.driver`, problems);
            const plain = what === 'networks' ? 'bridge' : 'local';
            if (driver !== null && driver !== plain)
              problems.error(
                inner.at,
                `\`${path}.driver\` is "${driver}"; the lab has ${plain} only`,
                `Write driver: ${plain}, or leave it out.`,
              );
          },
          ...(what === 'networks'
            ? {
                // Nothing reaches the outside from the lab anyway.
                internal: (inner: YamlNode) => {
                  readBoolean(inner, `${path}.internal`, problems);
                },
              }
            : {}),
        },
        notYet: {
          driver_opts: advice,
          external: advice,
          ipam: advice,
          attachable: advice,
          enable_ipv4: advice,
          enable_ipv6: advice,
        },
      },
      problems,
    );
    return key;
  });
}

function checkReferences(
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

function checkPorts(active: readonly ServiceDraft[], problems: Problems): void {
  const taken = new Map<number, { name: string; line: number }>();
  for (const draft of active) {
    const replicas = draft.replicas?.value ?? draft.scale?.value ?? 1;
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

function checkHealthConditions(
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

function byFile(first: string, a: ComposeProblem, b: ComposeProblem): number {
  if (a.file === b.file) return 0;
  if (a.file === first) return -1;
  if (b.file === first) return 1;
  return a.file < b.file ? -1 : 1;
}
