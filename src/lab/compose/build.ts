/** `build:`, `command:`, `entrypoint:` and `env_file:`: what a container is made of and starts with. */
import type { Place, Placed, Problems } from './problems.ts';
import { readBoolean, readMap, readPairs, readText, readWords } from './reader.ts';
import { splitWords } from './shell.ts';
import { BUILD_NOT_YET } from './unsupported.ts';
import type { YamlNode } from './yaml.ts';

export interface BuildDraft {
  readonly context: Placed<string>;
  readonly dockerfile: Placed<string>;
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
}

export function readBuild(node: YamlNode, path: string, problems: Problems): BuildDraft | undefined {
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
export function readCommandWords(
  node: YamlNode,
  path: string,
  problems: Problems,
): Placed<readonly string[]> | undefined {
  if (node.kind === 'scalar') {
    if (node.value === null) return undefined;
    const split = splitWords(String(node.value));
    if (split.words !== null) return { value: split.words, at: node.at };
    problems.error(node.at, `\`${path}\`: ${split.message}`, split.hint);
    return undefined;
  }
  if (node.kind === 'list') return { value: readWords(node, path, problems), at: node.at };
  problems.error(
    node.at,
    `\`${path}\` must be a text or a list of words, found a map`,
    'Write ["node", "src/main.ts"].',
  );
  return undefined;
}

export function readEnvFiles(
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
