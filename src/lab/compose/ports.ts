/** `ports:` and `expose:`. */
import type { PublishedPort } from './model.ts';
import type { Problems } from './problems.ts';
import { asList, readChoice, readInteger, readMap, readText } from './reader.ts';
import { parsePort } from './units.ts';
import type { YamlNode } from './yaml.ts';

export function readPorts(node: YamlNode, path: string, problems: Problems): PublishedPort[] {
  const list = asList(node, path, problems);
  if (list === null) return [];
  return list.items.flatMap((item, index) => {
    const itemPath = `${path}[${index}]`;
    return item.kind === 'map'
      ? (longForm(item, itemPath, problems) ?? [])
      : (shortForm(item, itemPath, problems) ?? []);
  });
}

export function readExpose(node: YamlNode, path: string, problems: Problems): number[] {
  const list = asList(node, path, problems);
  if (list === null) return [];
  return list.items.flatMap((item, index) => {
    const text = readText(item, `${path}[${index}]`, problems);
    if (text === null) return [];
    const port = parsePort(text.replace(/\/tcp$/, ''));
    if (port !== null) return port;
    problems.error(item.at, `\`${path}[${index}]\` must be a port from 1 to 65535, found "${text}"`, 'Write - "8080".');
    return [];
  });
}

/** `[[IP:]published:]target[/protocol]` */
function shortForm(node: YamlNode, path: string, problems: Problems): PublishedPort | null {
  const text = readText(node, path, problems);
  if (text === null) return null;
  const bad = (message: string, hint: string): null => {
    problems.error(node.at, message, hint);
    return null;
  };
  const match = /^(?:(\[[0-9a-f:]+\]|\d+\.\d+\.\d+\.\d+):)?(?:(\d*)(-\d+)?:)?(\d+)(-\d+)?(?:\/(\w+))?$/.exec(text);
  if (match === null) return bad(`\`${path}\` must be "published:target", found "${text}"`, 'Write - "8080:8080".');
  const [, , published, rangeA, target, rangeB, protocol] = match;
  if (rangeA !== undefined || rangeB !== undefined) {
    return bad(
      `\`${path}\` is a range of ports ("${text}"), which the lab does not do yet`,
      'Write one line for each port: - "8080:8080".',
    );
  }
  if (protocol !== undefined && protocol !== 'tcp') {
    return bad(`\`${path}\` asks for ${protocol}; the lab's network speaks TCP only`, `Leave out "/${protocol}".`);
  }
  const targetPort = parsePort(target!);
  const publishedPort = published === undefined || published === '' ? null : parsePort(published);
  if (targetPort === null || (publishedPort === null && published !== undefined && published !== '')) {
    return bad(`\`${path}\` needs ports from 1 to 65535, found "${text}"`, 'Write - "8080:8080".');
  }
  return { published: publishedPort, target: targetPort, at: node.at };
}

function longForm(node: YamlNode, path: string, problems: Problems): PublishedPort | null {
  let target: number | null = null;
  let published: number | null = null;
  const port = (value: YamlNode, key: string): number | null => {
    const number = readInteger(value, `${path}.${key}`, 1, problems);
    if (number === null || number <= 65535) return number;
    problems.error(
      value.at,
      `\`${path}.${key}\` must be a port from 1 to 65535, found ${number}`,
      `Write ${key}: 8080`,
    );
    return null;
  };
  readMap(
    node,
    {
      path,
      fields: {
        target: (value) => {
          target = port(value, 'target');
        },
        published: (value) => {
          published = port(value, 'published');
        },
        protocol: (value) => {
          readChoice(value, `${path}.protocol`, ['tcp'], problems);
        },
        host_ip: (value) => {
          readText(value, `${path}.host_ip`, problems);
        },
        mode: (value) => {
          readChoice(value, `${path}.mode`, ['host', 'ingress'], problems);
        },
        name: (value) => {
          readText(value, `${path}.name`, problems);
        },
        app_protocol: (value) => {
          readText(value, `${path}.app_protocol`, problems);
        },
      },
    },
    problems,
  );
  if (target === null) {
    if (node.kind === 'map' && !node.entries.some((entry) => entry.key === 'target')) {
      problems.error(node.at, `\`${path}\` has no target`, 'Write target: 8080, the port inside the container.');
    }
    return null;
  }
  return { published, target, at: node.at };
}
