/** `depends_on:`, list or map. */
import type { Dependency, DependencyCondition } from './model.ts';
import type { Place, Problems } from './problems.ts';
import { readBoolean, readChoice, readMap, readText } from './reader.ts';
import { describe, type YamlNode } from './yaml.ts';

export interface PlacedDependency extends Dependency {
  readonly at: Place;
}

const CONDITIONS: readonly DependencyCondition[] = [
  'service_started',
  'service_healthy',
  'service_completed_successfully',
];

export function readDependsOn(node: YamlNode, path: string, problems: Problems): PlacedDependency[] {
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
