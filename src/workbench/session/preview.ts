/**
 * The structure before anything runs, for a drawing that is already in place when Run is pressed. Reads names,
 * images, depends_on, ports and replicas line by line; the engine parses the compose file for real and has the last word.
 */
import type { ServiceInfo, Topology } from '../../engines/engine.ts';
import type { Files } from './project.ts';

export function previewTopology(files: Files): Topology {
  const text = files['compose.yaml'] ?? files['compose.yml'] ?? '';
  const services: { -readonly [K in keyof ServiceInfo]: ServiceInfo[K] }[] = [];
  let isInServices = false;
  let section = '';
  for (const raw of text.split('\n')) {
    const line = raw.replace(/\s+#.*$/, '').trimEnd();
    if (line === '' || line.trimStart().startsWith('#')) continue;
    const indent = line.length - line.trimStart().length;
    if (indent === 0) isInServices = line === 'services:';
    if (!isInServices || indent === 0) continue;
    if (indent === 2) {
      const name = /^ {2}([\w.-]+):/.exec(line)?.[1];
      if (name === undefined || name.startsWith('x-')) continue;
      services.push({ name, replicas: 1, ports: [], image: '', dependsOn: [], isPublished: false });
      section = '';
      continue;
    }
    const service = services.at(-1);
    if (service === undefined) continue;
    if (indent === 4) section = /^ {4}([\w-]+):/.exec(line)?.[1] ?? section;
    const rest = line.trim();
    if (section === 'depends_on') {
      const inline = /^depends_on:\s*\[(.*)\]$/.exec(rest)?.[1];
      if (inline !== undefined) service.dependsOn = inline.split(',').map((each) => each.trim());
      const named = indent === 6 ? (/^-\s*([\w.-]+)$/.exec(rest)?.[1] ?? /^([\w.-]+):/.exec(rest)?.[1]) : undefined;
      if (named !== undefined) service.dependsOn = [...service.dependsOn, named];
    } else if (section === 'ports') {
      if (indent > 4 || rest.includes('[')) service.isPublished = true;
    } else if (section === 'image') {
      service.image = /^image:\s*['"]?([^'"\s]+)/.exec(rest)?.[1] ?? service.image;
    } else if (section === 'deploy') {
      service.replicas = Number(/^replicas:\s*(\d+)/.exec(rest)?.[1] ?? service.replicas);
    }
  }
  return { services };
}
