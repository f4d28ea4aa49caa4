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

/** `./init.sql:/docker-entrypoint-initdb.d/init.sql:ro` */
export interface BindMount {
  readonly source: string;
  readonly target: string;
  readonly at: Place;
}

export interface Mounts {
  readonly mounts: (VolumeMount & { at: Place })[];
  readonly binds: BindMount[];
}

export function readMounts(node: YamlNode, path: string, problems: Problems): Mounts {
  const mounts: Mounts['mounts'] = [];
  const binds: BindMount[] = [];
  asList(node, path, problems)?.items.forEach((item, index) => {
    const itemPath = `${path}[${index}]`;
    const { at } = item;
    const mount = item.kind === 'map' ? longMount(item, itemPath, problems) : shortMount(item, itemPath, problems);
    if (mount === null) return;
    const { source, target, isReadOnly } = mount;
    if (!mount.isBind) mounts.push({ volume: source, target, isReadOnly, at });
    else if (/^[/~]/.test(source))
      problems.error(
        at,
        `\`${itemPath}\` mounts "${source}", which lies outside the project`,
        'Mount a file or folder of the project, as ./config:/etc/config:ro.',
      );
    else binds.push({ source, target, at });
  });
  return { mounts, binds };
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
  readonly isBind: boolean;
}

function shortMount(item: YamlNode, path: string, problems: Problems): Mount | null {
  const text = readText(item, path, problems);
  if (text === null) return null;
  const [source = '', target, mode = 'rw'] = text.split(':');
  if (target === undefined || !target.startsWith('/') || !/^(?:ro|rw)$/.test(mode)) {
    problems.error(
      item.at,
      `\`${path}\` must be "volume:/folder" or "./file:/path", found "${text}"`,
      'Write - data:/var/lib/data, and data: under volumes: at the top level.',
    );
    return null;
  }
  return { source, target, isReadOnly: mode === 'ro', isBind: /^[.~/]/.test(source) };
}

function longMount(node: YamlNode, path: string, problems: Problems): Mount | null {
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
        bind: 'Leave it out.',
        volume: 'Leave it out.',
        tmpfs: 'Leave it out; files live in memory anyway.',
        image: 'Leave it out.',
        consistency: 'Leave it out.',
      },
    },
    problems,
  );
  if (type !== 'volume' && type !== 'bind') {
    problems.error(
      node.at,
      `\`${path}\` has the type "${type}"; the lab has named volumes and files of the project`,
      'Write type: volume, or type: bind.',
    );
    return null;
  }
  if (source === '' || !target.startsWith('/')) {
    problems.error(
      node.at,
      `\`${path}\` needs a source (a volume's name or a path in the project) and a target (an absolute path)`,
      'Write source: data and target: /var/lib/data.',
    );
    return null;
  }
  return { source, target, isReadOnly, isBind: type === 'bind' };
}
