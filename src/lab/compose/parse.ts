/** compose.yaml and the files it names → a project that the lab can boot, or everything that is wrong with it. */
import { checkHealthConditions, checkPorts, checkReferences } from './checks.ts';
import { parseEnvFile } from './envfile.ts';
import type { ProjectFiles } from './files.ts';
import type { Variables } from './interpolate.ts';
import type { ComposeProject } from './model.ts';
import { type ComposeProblem, type Place, Problems } from './problems.ts';
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

function byFile(first: string, a: ComposeProblem, b: ComposeProblem): number {
  if (a.file === b.file) return 0;
  if (a.file === first) return -1;
  if (b.file === first) return 1;
  return a.file < b.file ? -1 : 1;
}
