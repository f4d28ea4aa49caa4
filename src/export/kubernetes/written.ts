/**
 * What the compose file itself says of a service's environment and command. ComposeService also holds what the image
 * brings, as PATH, and that must not be written into a manifest, where it would outlive the next image.
 */
import { parse, stringify } from 'yaml';
import { type ComposeProject, type ParseResult, type ProjectFiles, parseCompose } from '../../lab/compose/index.ts';

export interface Written {
  readonly env: Readonly<Record<string, string>>;
  /** In Kubernetes' words: `args` replaces the image's CMD, `command` its ENTRYPOINT. Empty when neither is written. */
  readonly command: { readonly command?: readonly string[]; readonly args?: readonly string[] };
}

type Services = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** By service. What differs from the same project without these keys is what the file says. */
export function writtenIn(project: ComposeProject, files: ProjectFiles): ReadonlyMap<string, Written> {
  const document = parse(files[project.file]!, { merge: true }) as { services: Services };
  const bare = parseCompose({
    ...files,
    [project.file]: stringify({ ...document, services: bareOf(document.services) }),
  });
  const ofImages = new Map(servicesOf(bare).map((service) => [service.name, service]));
  return new Map(
    project.services.map(({ name, env, argv }) => {
      const image = ofImages.get(name);
      const added = Object.entries(env).filter(([key, value]) => image?.env[key] !== value);
      const isSame = image !== undefined && JSON.stringify(image.argv) === JSON.stringify(argv);
      const key = document.services[name]?.entrypoint === undefined ? 'args' : 'command';
      return [name, { env: Object.fromEntries(added), command: isSame ? {} : { [key]: argv } }];
    }),
  );
}

function servicesOf(result: ParseResult): ComposeProject['services'] {
  return result.ok ? result.project.services : [];
}

function bareOf(services: Services): Services {
  return Object.fromEntries(
    Object.entries(services).map(([name, { environment, env_file, command, entrypoint, ...rest }]) => [name, rest]),
  );
}
