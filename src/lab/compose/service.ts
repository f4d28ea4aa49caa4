/** One entry of `services:` as it is written. What needs other files (image, Dockerfile, env_file) is resolved later. */
import type {
  Dependency,
  DependencyCondition,
  PublishedPort,
  RestartPolicy,
  ServiceLab,
  VolumeMount,
} from './model.ts';
import { readExpose, readPorts } from './ports.ts';
import type { Place, Problems } from './problems.ts';
import {
  asList,
  readBoolean,
  readBytes,
  readChoice,
  readDurationMs,
  readInteger,
  readMap,
  readPairs,
  readText,
  readTexts,
} from './reader.ts';
import { splitWords } from './shell.ts';
import { BUILD_NOT_YET, DEPLOY_NOT_YET, SERVICE_NOT_YET } from './unsupported.ts';
import { readServiceLab } from './xlab.ts';
import { describe, type YamlNode } from './yaml.ts';

export interface Placed<T> {
  readonly value: T;
  readonly at: Place;
}

export interface BuildDraft {
  readonly context: Placed<string>;
  readonly dockerfile: Placed<string>;
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
}

export interface HealthcheckDraft {
  readonly at: Place;
  /** null: disabled. Absent: only times are given, the test is the image's. */
  readonly test?:
    | { readonly form: 'exec'; readonly words: readonly string[] }
    | { readonly form: 'shell'; readonly text: string }
    | null;
  readonly testAt: Place;
  /** `test` is there but could not be read. */
  readonly isTestUnreadable?: boolean;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
}

export interface PlacedDependency extends Dependency {
  readonly at: Place;
}

export interface ServiceDraft {
  readonly name: string;
  readonly at: Place;
  /** Nothing could be read: what is missing from it says nothing. */
  readonly isUnreadable: boolean;
  image?: Placed<string>;
  build?: BuildDraft;
  command?: Placed<readonly string[]>;
  entrypoint?: Placed<readonly string[]>;
  workdir?: string;
  environment: { key: string; value: string | null; at: Place }[];
  envFiles: { path: string; isRequired: boolean; at: Place }[];
  ports: PublishedPort[];
  expose: number[];
  dependsOn: PlacedDependency[];
  healthcheck?: HealthcheckDraft;
  restart?: RestartPolicy;
  deployRestart?: RestartPolicy;
  replicas?: Placed<number>;
  scale?: Placed<number>;
  limits: { cpus?: number; memoryBytes?: number };
  networks?: Placed<string>[];
  mounts: (VolumeMount & { at: Place })[];
  stopGraceMs?: number;
  stopSignal?: string;
  profiles: string[];
  hostname?: string;
  containerName?: Placed<string>;
  lab: ServiceLab;
}

export function readService(name: string, at: Place, node: YamlNode, problems: Problems): ServiceDraft {
  const path = `services.${name}`;
  const draft: ServiceDraft = {
    name,
    at,
    isUnreadable: node.kind !== 'map',
    environment: [],
    envFiles: [],
    ports: [],
    expose: [],
    dependsOn: [],
    limits: {},
    mounts: [],
    profiles: [],
    lab: {},
  };
  const text = (key: string) => (value: YamlNode) => readText(value, `${path}.${key}`, problems) ?? undefined;
  readMap(
    node,
    {
      path,
      fields: {
        image: (value) => {
          const image = text('image')(value);
          if (image !== undefined) draft.image = { value: image, at: value.at };
        },
        build: (value) => {
          draft.build = readBuild(value, `${path}.build`, problems);
        },
        command: (value) => {
          draft.command = readCommandWords(value, `${path}.command`, problems);
        },
        entrypoint: (value) => {
          draft.entrypoint = readCommandWords(value, `${path}.entrypoint`, problems);
        },
        working_dir: (value) => {
          draft.workdir = text('working_dir')(value);
        },
        environment: (value) => {
          draft.environment = readPairs(value, `${path}.environment`, problems);
        },
        env_file: (value) => {
          draft.envFiles = readEnvFiles(value, `${path}.env_file`, problems);
        },
        ports: (value) => {
          draft.ports = readPorts(value, `${path}.ports`, problems);
        },
        expose: (value) => {
          draft.expose = readExpose(value, `${path}.expose`, problems);
        },
        depends_on: (value) => {
          draft.dependsOn = readDependsOn(value, `${path}.depends_on`, problems);
        },
        healthcheck: (value) => {
          draft.healthcheck = readHealthcheckDraft(value, `${path}.healthcheck`, problems);
        },
        restart: (value) => {
          draft.restart = readRestart(value, `${path}.restart`, problems);
        },
        scale: (value) => {
          const scale = readInteger(value, `${path}.scale`, 0, problems);
          if (scale !== null) draft.scale = { value: scale, at: value.at };
        },
        deploy: (value) => readDeploy(value, `${path}.deploy`, draft, problems),
        networks: (value) => {
          draft.networks = readNetworks(value, `${path}.networks`, problems);
        },
        volumes: (value) => {
          draft.mounts = readMounts(value, `${path}.volumes`, problems);
        },
        stop_grace_period: (value) => {
          draft.stopGraceMs = readDurationMs(value, `${path}.stop_grace_period`, problems) ?? undefined;
        },
        stop_signal: (value) => {
          draft.stopSignal =
            readChoice(
              value,
              `${path}.stop_signal`,
              ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'],
              problems,
            ) ?? undefined;
        },
        profiles: (value) => {
          draft.profiles = readTexts(value, `${path}.profiles`, problems);
        },
        hostname: (value) => {
          draft.hostname = text('hostname')(value);
        },
        container_name: (value) => {
          const container = text('container_name')(value);
          if (container !== undefined) draft.containerName = { value: container, at: value.at };
        },
        labels: (value) => {
          readPairs(value, `${path}.labels`, problems);
        },
        // Accepted without effect: a lab process is never PID 1 of a shell, and there are no users to switch to.
        init: (value) => {
          readBoolean(value, `${path}.init`, problems);
        },
        user: (value) => {
          readText(value, `${path}.user`, problems);
        },
        'x-lab': (value) => {
          draft.lab = readServiceLab(value, `${path}.x-lab`, problems);
        },
      },
      notYet: SERVICE_NOT_YET,
    },
    problems,
  );
  return draft;
}

function readBuild(node: YamlNode, path: string, problems: Problems): BuildDraft | undefined {
  const dockerfile = { value: 'Dockerfile', at: node.at };
  if (node.kind === 'scalar') {
    const context = readText(node, path, problems);
    return context === null ? undefined : { context: { value: context, at: node.at }, dockerfile, args: {} };
  }
  const draft: { context: Placed<string>; dockerfile: Placed<string>; args: Record<string, string>; target?: string } =
    {
      context: { value: '.', at: node.at },
      dockerfile,
      args: {},
    };
  readMap(
    node,
    {
      path,
      fields: {
        context: (value) => {
          const context = readText(value, `${path}.context`, problems);
          if (context !== null) draft.context = { value: context, at: value.at };
        },
        dockerfile: (value) => {
          const name = readText(value, `${path}.dockerfile`, problems);
          if (name !== null) draft.dockerfile = { value: name, at: value.at };
        },
        args: (value) => {
          for (const pair of readPairs(value, `${path}.args`, problems))
            if (pair.value !== null) draft.args[pair.key] = pair.value;
        },
        target: (value) => {
          draft.target = readText(value, `${path}.target`, problems) ?? undefined;
        },
      },
      notYet: BUILD_NOT_YET,
    },
    problems,
  );
  return draft;
}

/** A list of words, or a text that is split as a shell would. `[]` and '' clear what the image says. */
function readCommandWords(node: YamlNode, path: string, problems: Problems): Placed<readonly string[]> | undefined {
  if (node.kind === 'scalar') {
    if (node.value === null) return undefined;
    const split = splitWords(String(node.value));
    if (split.words !== null) return { value: split.words, at: node.at };
    problems.error(node.at, `\`${path}\`: ${split.message}`, split.hint);
    return undefined;
  }
  if (node.kind === 'list') return { value: readTexts(node, path, problems), at: node.at };
  problems.error(
    node.at,
    `\`${path}\` must be a text or a list of words, found a map`,
    'Write ["node", "src/main.ts"].',
  );
  return undefined;
}

function readEnvFiles(
  node: YamlNode,
  path: string,
  problems: Problems,
): { path: string; isRequired: boolean; at: Place }[] {
  const items = node.kind === 'list' ? node.items : [node];
  return items.flatMap((item, index) => {
    if (item.kind !== 'map') {
      const file = readText(item, node.kind === 'list' ? `${path}[${index}]` : path, problems);
      return file === null ? [] : { path: file, isRequired: true, at: item.at };
    }
    const found = { path: '', isRequired: true, at: item.at };
    readMap(
      item,
      {
        path: `${path}[${index}]`,
        fields: {
          path: (value) => {
            found.path = readText(value, `${path}[${index}].path`, problems) ?? '';
          },
          required: (value) => {
            found.isRequired = readBoolean(value, `${path}[${index}].required`, problems) ?? true;
          },
        },
        notYet: { format: 'Leave it out; the file is read by the Compose rules.' },
      },
      problems,
    );
    return found.path === '' ? [] : found;
  });
}

const CONDITIONS: readonly DependencyCondition[] = [
  'service_started',
  'service_healthy',
  'service_completed_successfully',
];

function readDependsOn(node: YamlNode, path: string, problems: Problems): PlacedDependency[] {
  if (node.kind === 'list') {
    return node.items.flatMap((item, index) => {
      const service = readText(item, `${path}[${index}]`, problems);
      return service === null
        ? []
        : { service, condition: 'service_started', isRequired: true, restarts: false, at: item.at };
    });
  }
  if (node.kind === 'scalar') {
    problems.error(
      node.at,
      `\`${path}\` must be a list or a map of services, found ${describe(node)}`,
      'Write [inventory], or inventory: { condition: service_healthy }.',
    );
    return [];
  }
  return node.entries.map(({ key, keyAt, value }) => {
    const found = {
      service: key,
      condition: 'service_started' as DependencyCondition,
      isRequired: true,
      restarts: false,
      at: keyAt,
    };
    const itemPath = `${path}.${key}`;
    readMap(
      value,
      {
        path: itemPath,
        fields: {
          condition: (condition) => {
            found.condition = readChoice(condition, `${itemPath}.condition`, CONDITIONS, problems) ?? found.condition;
          },
          required: (required) => {
            found.isRequired = readBoolean(required, `${itemPath}.required`, problems) ?? true;
          },
          restart: (restart) => {
            found.restarts = readBoolean(restart, `${itemPath}.restart`, problems) ?? false;
          },
        },
      },
      problems,
    );
    if (value.kind === 'map' && !value.entries.some((entry) => entry.key === 'condition')) {
      problems.error(keyAt, `\`${itemPath}\` has no condition`, 'Write condition: service_started or service_healthy.');
    }
    return found;
  });
}

function readHealthcheckDraft(node: YamlNode, path: string, problems: Problems): HealthcheckDraft | undefined {
  const draft: { -readonly [K in keyof HealthcheckDraft]: HealthcheckDraft[K] } = { at: node.at, testAt: node.at };
  const duration = (key: string) => (value: YamlNode) => readDurationMs(value, `${path}.${key}`, problems) ?? undefined;
  readMap(
    node,
    {
      path,
      fields: {
        test: (value) => {
          draft.testAt = value.at;
          const test = readTest(value, `${path}.test`, problems);
          // `disable` wins wherever it stands.
          if (draft.test !== null) draft.test = test;
          draft.isTestUnreadable = test === undefined;
        },
        interval: (value) => {
          draft.intervalMs = duration('interval')(value);
          if (draft.intervalMs === 0) {
            problems.error(
              value.at,
              `\`${path}.interval\` is 0: the check would run without a pause`,
              'Write interval: 5s',
            );
          }
        },
        timeout: (value) => {
          draft.timeoutMs = duration('timeout')(value);
        },
        retries: (value) => {
          draft.retries = readInteger(value, `${path}.retries`, 1, problems) ?? undefined;
        },
        start_period: (value) => {
          draft.startPeriodMs = duration('start_period')(value);
        },
        start_interval: (value) => {
          draft.startIntervalMs = duration('start_interval')(value);
        },
        disable: (value) => {
          if (readBoolean(value, `${path}.disable`, problems)) draft.test = null;
        },
      },
    },
    problems,
  );
  return draft;
}

function readTest(node: YamlNode, path: string, problems: Problems): HealthcheckDraft['test'] {
  if (node.kind === 'scalar') {
    const text = readText(node, path, problems);
    return text === null ? undefined : { form: 'shell', text };
  }
  const words = readTexts(node, path, problems);
  if (words[0] === 'NONE') return null;
  if (words[0] === 'CMD' && words.length > 1) return { form: 'exec', words: words.slice(1) };
  if (words[0] === 'CMD-SHELL' && words.length > 1) return { form: 'shell', text: words.slice(1).join(' ') };
  if (words.length > 0 || node.kind === 'list') {
    problems.error(
      node.at,
      `\`${path}\` must begin with CMD, CMD-SHELL or NONE, found ${words[0] === undefined ? 'an empty list' : `"${words[0]}"`}`,
      words[0] !== undefined && !words[0].startsWith('CMD')
        ? `Write ["CMD", ${words.map((word) => JSON.stringify(word)).join(', ')}].`
        : 'Write ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"].',
    );
  }
  return undefined;
}

function readRestart(node: YamlNode, path: string, problems: Problems): RestartPolicy | undefined {
  // An unquoted `no` is the boolean false to YAML 1.1 readers, and Docker Compose takes it as "no" too.
  if (node.kind === 'scalar' && node.value === false) return { condition: 'no', retriesMax: 0 };
  const text = node.kind === 'scalar' ? String(node.value) : '';
  const limited = /^on-failure:(\d+)$/.exec(text);
  if (limited) return { condition: 'on-failure', retriesMax: Number(limited[1]) };
  if (text.includes(':')) {
    problems.error(node.at, `\`${path}\` is "${text}"; only on-failure takes a number`, 'Write restart: on-failure:3');
    return undefined;
  }
  const condition = readChoice(
    node,
    path,
    ['no', 'always', 'on-failure', 'unless-stopped'],
    problems,
    'unless-stopped',
  );
  return condition === null ? undefined : { condition, retriesMax: 0 };
}

function readDeploy(node: YamlNode, path: string, draft: ServiceDraft, problems: Problems): void {
  const limits = (value: YamlNode, isLimit: boolean, itemPath: string) =>
    readMap(
      value,
      {
        path: itemPath,
        fields: {
          cpus: (cpus) => {
            const number = cpus.kind === 'scalar' ? Number(cpus.value) : Number.NaN;
            if (!(number > 0))
              problems.error(
                cpus.at,
                `\`${itemPath}.cpus\` must be a number above 0, found ${describe(cpus)}`,
                'Write cpus: "0.5"',
              );
            else if (isLimit) draft.limits = { ...draft.limits, cpus: number };
          },
          memory: (memory) => {
            const bytes = readBytes(memory, `${itemPath}.memory`, problems);
            if (bytes !== null && isLimit) draft.limits = { ...draft.limits, memoryBytes: bytes };
          },
        },
        notYet: {
          pids: 'Leave it out; each container in the lab is one process.',
          devices: 'Leave it out; the lab has no devices.',
          generic_resources: 'Leave it out; that is for Swarm.',
        },
      },
      problems,
    );
  readMap(
    node,
    {
      path,
      fields: {
        replicas: (value) => {
          const replicas = readInteger(value, `${path}.replicas`, 0, problems);
          if (replicas !== null) draft.replicas = { value: replicas, at: value.at };
        },
        resources: (value) =>
          readMap(
            value,
            {
              path: `${path}.resources`,
              fields: {
                limits: (inner) => limits(inner, true, `${path}.resources.limits`),
                reservations: (inner) => limits(inner, false, `${path}.resources.reservations`),
              },
            },
            problems,
          ),
        restart_policy: (value) => {
          draft.deployRestart = readDeployRestart(value, `${path}.restart_policy`, problems);
        },
      },
      notYet: DEPLOY_NOT_YET,
    },
    problems,
  );
}

/** As Docker Compose maps it: `any` is always; delay and window are for Swarm and have no effect. */
function readDeployRestart(node: YamlNode, path: string, problems: Problems): RestartPolicy {
  const policy: { condition: RestartPolicy['condition']; retriesMax: number } = { condition: 'always', retriesMax: 0 };
  readMap(
    node,
    {
      path,
      fields: {
        condition: (value) => {
          const word = readChoice(value, `${path}.condition`, ['none', 'on-failure', 'any'], problems);
          if (word !== null) policy.condition = word === 'none' ? 'no' : word === 'any' ? 'always' : word;
        },
        max_attempts: (value) => {
          policy.retriesMax = readInteger(value, `${path}.max_attempts`, 0, problems) ?? 0;
        },
        delay: (value) => {
          readDurationMs(value, `${path}.delay`, problems);
          problems.warn(
            value.at,
            `\`${path}.delay\` has no effect with Docker Compose, only with Swarm`,
            'Docker waits 100 ms and doubles that up to a minute.',
          );
        },
        window: (value) => {
          readDurationMs(value, `${path}.window`, problems);
          problems.warn(
            value.at,
            `\`${path}.window\` has no effect with Docker Compose, only with Swarm`,
            'Leave it out.',
          );
        },
      },
    },
    problems,
  );
  return policy.condition === 'on-failure' ? policy : { ...policy, retriesMax: 0 };
}

function readNetworks(node: YamlNode, path: string, problems: Problems): Placed<string>[] | undefined {
  if (node.kind === 'scalar' && node.value === null) return undefined;
  if (node.kind === 'map') {
    return node.entries.map(({ key, keyAt, value }) => {
      if (!(value.kind === 'scalar' && value.value === null)) {
        const notYet = 'Leave it out; a service is reached by its name.';
        readMap(
          value,
          {
            path: `${path}.${key}`,
            fields: {},
            notYet: {
              aliases: notYet,
              ipv4_address: notYet,
              ipv6_address: notYet,
              priority: notYet,
              gw_priority: notYet,
              link_local_ips: notYet,
              mac_address: notYet,
              driver_opts: notYet,
              interface_name: notYet,
            },
          },
          problems,
        );
      }
      return { value: key, at: keyAt };
    });
  }
  const list = asList(node, path, problems);
  return list?.items.flatMap((item, index) => {
    const name = readText(item, `${path}[${index}]`, problems);
    return name === null ? [] : { value: name, at: item.at };
  });
}

const BIND_HINT = 'COPY the files in the Dockerfile; the lab restarts a service by itself when its files change.';

function readMounts(node: YamlNode, path: string, problems: Problems): (VolumeMount & { at: Place })[] {
  const list = asList(node, path, problems);
  if (list === null) return [];
  return list.items.flatMap((item, index) => {
    const itemPath = `${path}[${index}]`;
    if (item.kind === 'map') return longMount(item, itemPath, problems) ?? [];
    const text = readText(item, itemPath, problems);
    if (text === null) return [];
    const [source = '', target, mode = 'rw'] = text.split(':');
    if (/^[.~/]/.test(source) && target !== undefined) {
      problems.error(
        item.at,
        `\`${itemPath}\` mounts the folder "${source}" of the host, which the lab does not do yet`,
        BIND_HINT,
      );
      return [];
    }
    if (target === undefined || !target.startsWith('/') || !/^(?:ro|rw)$/.test(mode)) {
      problems.error(
        item.at,
        `\`${itemPath}\` must be "volume:/folder", found "${text}"`,
        'Write - data:/var/lib/data, and data: under volumes: at the top level.',
      );
      return [];
    }
    return { volume: source, target, isReadOnly: mode === 'ro', at: item.at };
  });
}

function longMount(node: YamlNode, path: string, problems: Problems): (VolumeMount & { at: Place }) | null {
  let type = 'volume';
  let source = '';
  let target = '';
  let isReadOnly = false;
  readMap(
    node,
    {
      path,
      fields: {
        type: (value) => {
          type = readText(value, `${path}.type`, problems) ?? type;
        },
        source: (value) => {
          source = readText(value, `${path}.source`, problems) ?? '';
        },
        target: (value) => {
          target = readText(value, `${path}.target`, problems) ?? '';
        },
        read_only: (value) => {
          isReadOnly = readBoolean(value, `${path}.read_only`, problems) ?? false;
        },
      },
      notYet: {
        bind: BIND_HINT,
        volume: 'Leave it out.',
        tmpfs: 'Leave it out; files live in memory anyway.',
        image: 'Leave it out.',
        consistency: 'Leave it out.',
      },
    },
    problems,
  );
  if (type !== 'volume') {
    problems.error(
      node.at,
      `\`${path}\` has the type "${type}"; the lab has named volumes only`,
      type === 'bind' ? BIND_HINT : 'Write type: volume.',
    );
    return null;
  }
  if (source === '' || !target.startsWith('/')) {
    problems.error(
      node.at,
      `\`${path}\` needs a source (a volume's name) and a target (an absolute folder)`,
      'Write source: data and target: /var/lib/data.',
    );
    return null;
  }
  return { volume: source, target, isReadOnly, at: node.at };
}
