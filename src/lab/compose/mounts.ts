/** `networks:` and `volumes:` of a service. */
import type { VolumeMount } from './model.ts';
import type { Place, Placed, Problems } from './problems.ts';
import { asList, readBoolean, readMap, readText } from './reader.ts';
import type { YamlNode } from './yaml.ts';

export function readNetworks(node: YamlNode, path: string, problems: Problems): Placed<string>[] | undefined {
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

export function readMounts(node: YamlNode, path: string, problems: Problems): (VolumeMount & { at: Place })[] {
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
