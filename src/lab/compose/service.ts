/** One entry of `services:` as it is written. What needs other files (image, Dockerfile, env_file) is resolved later. */
import { type BuildDraft, readBuild, readCommandWords, readEnvFiles } from './build.ts';
import { type PlacedDependency, readDependsOn } from './depends-on.ts';
import { type DeployDraft, readDeploy, readRestart } from './deploy.ts';
import { type HealthcheckDraft, readHealthcheckDraft } from './healthcheck-draft.ts';
import type { PublishedPort, RestartPolicy, ServiceLab, VolumeMount } from './model.ts';
import { type BindMount, readMounts, readNetworks } from './mounts.ts';
import { readExpose, readPorts } from './ports.ts';
import type { Place, Placed, Problems } from './problems.ts';
import {
  readBoolean,
  readChoice,
  readDurationMs,
  readInteger,
  readMap,
  readPairs,
  readText,
  readTexts,
} from './reader.ts';
import { SERVICE_NOT_YET } from './unsupported.ts';
import { readServiceLab } from './xlab.ts';
import type { YamlNode } from './yaml.ts';

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
  deploy: DeployDraft;
  scale?: Placed<number>;
  networks?: Placed<string>[];
  mounts: (VolumeMount & { at: Place })[];
  /** Files and folders of the project. */
  binds: BindMount[];
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
    deploy: { limits: {} },
    mounts: [],
    binds: [],
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
        deploy: (value) => {
          draft.deploy = readDeploy(value, `${path}.deploy`, problems);
        },
        networks: (value) => {
          draft.networks = readNetworks(value, `${path}.networks`, problems);
        },
        volumes: (value) => {
          const { mounts, binds } = readMounts(value, `${path}.volumes`, problems);
          draft.mounts = mounts;
          draft.binds = binds;
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
