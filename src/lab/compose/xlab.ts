/** `x-lab`: what only the lab knows. Compose tells other tools to ignore keys that begin with `x-`. */
import type { CpuCost, ProjectLab, ServiceLab } from './model.ts';
import type { Problems } from './problems.ts';
import { readChoice, readDurationMs, readMap } from './reader.ts';
import type { YamlNode } from './yaml.ts';

/**
 * ```yaml
 * x-lab:
 *   cpu: 2ms                                            # CPU time that each request costs
 *   cpu: { perRequest: 2ms, distribution: exponential } # the same on average, drawn for each request
 *   latency: 5ms                                        # one way, on every link to and from the service
 * ```
 */
export function readServiceLab(node: YamlNode, path: string, problems: Problems): ServiceLab {
  const lab: { -readonly [K in keyof ServiceLab]: ServiceLab[K] } = {};
  readMap(
    node,
    {
      path,
      fields: {
        cpu: (value) => {
          lab.cpu = readCpu(value, `${path}.cpu`, problems) ?? undefined;
        },
        latency: (value) => {
          lab.latencyMs = readDurationMs(value, `${path}.latency`, problems) ?? undefined;
        },
      },
    },
    problems,
  );
  return lab;
}

/** At the top level: `latency`, one way between any two hosts. */
export function readProjectLab(node: YamlNode, problems: Problems): ProjectLab {
  const lab: { -readonly [K in keyof ProjectLab]: ProjectLab[K] } = {};
  readMap(
    node,
    {
      path: 'x-lab',
      fields: {
        latency: (value) => {
          lab.latencyMs = readDurationMs(value, 'x-lab.latency', problems) ?? undefined;
        },
      },
      notYet: { cpu: 'Write it in each service: services do not cost the same.' },
    },
    problems,
  );
  return lab;
}

function readCpu(node: YamlNode, path: string, problems: Problems): CpuCost | null {
  if (node.kind !== 'map') {
    const ms = readDurationMs(node, path, problems);
    return ms === null ? null : { perRequestMs: ms, distribution: 'constant' };
  }
  let perRequestMs: number | null = null;
  let distribution: CpuCost['distribution'] = 'constant';
  readMap(
    node,
    {
      path,
      fields: {
        perRequest: (value) => {
          perRequestMs = readDurationMs(value, `${path}.perRequest`, problems);
        },
        distribution: (value) => {
          distribution =
            readChoice(value, `${path}.distribution`, ['constant', 'exponential'], problems) ?? distribution;
        },
      },
    },
    problems,
  );
  if (perRequestMs === null) {
    if (!node.entries.some((entry) => entry.key === 'perRequest')) {
      problems.error(node.at, `\`${path}\` has no perRequest`, 'Write perRequest: 2ms');
    }
    return null;
  }
  return { perRequestMs, distribution };
}
