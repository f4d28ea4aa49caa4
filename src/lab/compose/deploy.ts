/** `restart:` and `deploy:`. */
import type { RestartPolicy } from './model.ts';
import type { Placed, Problems } from './problems.ts';
import { readBytes, readChoice, readDurationMs, readInteger, readMap } from './reader.ts';
import { DEPLOY_NOT_YET } from './unsupported.ts';
import { describe, type YamlNode } from './yaml.ts';

export function readRestart(node: YamlNode, path: string, problems: Problems): RestartPolicy | undefined {
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

export interface DeployDraft {
  replicas?: Placed<number>;
  limits: { cpus?: number; memoryBytes?: number };
  restart?: RestartPolicy;
}

export function readDeploy(node: YamlNode, path: string, problems: Problems): DeployDraft {
  const draft: DeployDraft = { limits: {} };
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
          draft.restart = readDeployRestart(value, `${path}.restart_policy`, problems);
        },
      },
      notYet: DEPLOY_NOT_YET,
    },
    problems,
  );
  return draft;
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
