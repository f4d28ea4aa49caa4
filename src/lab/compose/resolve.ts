/** A service as written → as it runs: image or Dockerfile, environment, command and health check put together. */
import { findImage, type LabImage, SERVERS } from '../images/index.ts';
import { readCommand } from './command.ts';
import { type BuiltImage, type DockerHealthcheck, readDockerfile } from './dockerfile.ts';
import { parseEnvFile } from './envfile.ts';
import type { ProjectFiles } from './files.ts';
import { HEALTHCHECK_DEFAULTS, type ProbeContext, readProbe, readShellProbe } from './healthcheck.ts';
import type { Variables } from './interpolate.ts';
import type { ComposeService, ContainerFiles, Healthcheck } from './model.ts';
import { absolutePath, projectPath } from './paths.ts';
import { closest, type Place, type Problems } from './problems.ts';
import type { ServiceDraft } from './service.ts';
import { parseDurationMs } from './units.ts';

export interface ResolveContext {
  /** The project's name. */
  readonly name: string;
  readonly file: string;
  readonly files: ProjectFiles;
  readonly variables: Variables;
  readonly problems: Problems;
}

interface PlacedImage {
  readonly image: BuiltImage;
  /** The Dockerfile; null for `image:`. */
  readonly file: string | null;
  readonly reference: string;
  readonly context: string | null;
}

/** Null when something is missing; `problems` says what. */
export function resolveService(draft: ServiceDraft, context: ResolveContext): ComposeService | null {
  const { problems } = context;
  const replicas = resolveReplicas(draft, problems);
  const placed = resolveImage(draft, context);
  if (placed === null) return null;
  const { image } = placed;
  const workdir = absolutePath(image.workdir, draft.workdir ?? '.');
  const env = { ...image.env, ...resolveEnvironment(draft, context) };
  const { server } = image.base;
  const containerFiles = { ...image.files, ...bindFiles(draft, context) };
  const commandContext = { server, workdir, env, files: containerFiles };

  const { words, at } = commandWords(draft, placed, context);
  const command = readCommand(words, commandContext);
  const argvProblems = problems.forFile(at.file);
  if (command.argv === null) {
    // An image has no programs of its own; the command is what is missing, not wrong.
    const isMissing = placed.file === null && draft.command === undefined && draft.entrypoint === undefined;
    if (isMissing)
      argvProblems.error(
        at,
        `\`${draft.name}\` has no command: \`${placed.reference}\` alone starts node without a program, which exits at once`,
        'Use build: with a Dockerfile that copies the program.',
      );
    else argvProblems.error(at, `\`${draft.name}\` cannot start: ${command.message}`, command.hint);
  } else if (command.warning) {
    argvProblems.warn(at, `\`${draft.name}\`: ${command.warning.message}`, command.warning.hint);
  }
  const healthcheck = resolveHealthcheck(
    draft,
    placed,
    { ...commandContext, tools: image.tools, image: image.base.reference },
    context,
  );
  if (command.argv === null) return null;

  const targets = draft.ports.map((port) => port.target);
  return {
    name: draft.name,
    at: draft.at,
    image: placed.reference,
    context: placed.context,
    argv: command.argv,
    program: command.program,
    server: server === null ? null : { program: server, volumes: SERVERS[server].volumes },
    argvAt: at,
    workdir,
    env,
    files: containerFiles,
    ports: draft.ports,
    exposed: [...new Set([...targets, ...draft.expose, ...image.base.exposed, ...image.exposed])].sort((a, b) => a - b),
    dependsOn: draft.dependsOn.map(({ service, condition, isRequired, restarts }) => ({
      service,
      condition,
      isRequired,
      restarts,
    })),
    healthcheck,
    restart: draft.restart ?? draft.deploy.restart ?? { condition: 'no', retriesMax: 0 },
    replicas,
    limits: draft.deploy.limits,
    networks: draft.networks?.map((network) => network.value) ?? ['default'],
    mounts: draft.mounts.map(({ volume, target, isReadOnly }) => ({ volume, target, isReadOnly })),
    stopGraceMs: draft.stopGraceMs ?? 10_000,
    stopSignal: draft.stopSignal ?? image.stopSignal ?? image.base.stopSignal ?? 'SIGTERM',
    hostname: draft.hostname ?? null,
    lab: draft.lab,
  };
}

function sameVersion({ server }: LabImage): string {
  return server === null ? 'node:24-alpine' : `${server}:${SERVERS[server].version}`;
}

/** Files and folders of the project that are mounted: read when the container is created. A change makes it anew. */
function bindFiles(draft: ServiceDraft, { files, problems }: ResolveContext): ContainerFiles {
  const found: Record<string, ContainerFiles[string]> = {};
  for (const { source, target, at } of draft.binds) {
    const path = projectPath('', source);
    const text = path === null ? undefined : files[path];
    if (path !== null && text !== undefined) {
      found[absolutePath('/', target)] = { source: path, text };
      continue;
    }
    const prefix = path === '' ? '' : `${path}/`;
    const below = path === null ? [] : Object.keys(files).filter((name) => name.startsWith(prefix));
    if (below.length === 0) {
      const meant = path === null ? undefined : closest(path, Object.keys(files));
      problems.error(
        at,
        `\`${draft.name}\` mounts "${source}", and the project has no such file or folder`,
        meant ? `Did you mean ./${meant}?` : 'Add it; Docker would mount an empty folder in its place.',
      );
    }
    for (const name of below)
      found[absolutePath(absolutePath('/', target), name.slice(prefix.length))] = { source: name, text: files[name]! };
  }
  return found;
}

function resolveReplicas(draft: ServiceDraft, problems: Problems): number {
  const { scale, containerName } = draft;
  const { replicas } = draft.deploy;
  if (replicas && scale && replicas.value !== scale.value) {
    problems.error(
      scale.at,
      `\`services.${draft.name}\` has scale: ${scale.value} and deploy.replicas: ${replicas.value}`,
      'Keep one of the two.',
    );
  }
  const count = replicas?.value ?? scale?.value ?? 1;
  if (containerName && count > 1) {
    problems.error(
      containerName.at,
      `\`services.${draft.name}\` has a container_name and ${count} replicas; names are unique`,
      'Remove container_name.',
    );
  }
  // Each replica is a process with built-ins of its own; a tab holds tens of them, not hundreds.
  if (count > REPLICAS_MAX) {
    problems.error(
      (replicas ?? scale)!.at,
      `\`services.${draft.name}\` has ${count} replicas; the lab runs at most ${REPLICAS_MAX}`,
      `Write ${REPLICAS_MAX} or fewer.`,
    );
  }
  return count;
}

const REPLICAS_MAX = 50;

function resolveImage(draft: ServiceDraft, context: ResolveContext): PlacedImage | null {
  const { problems, files, name } = context;
  if (draft.build !== undefined) {
    const { build } = draft;
    const folder = projectPath('', build.context.value);
    if (folder === null || /^(?:https?|git|ssh):|^git@/.test(build.context.value)) {
      problems.error(
        build.context.at,
        `the build context "${build.context.value}" lies outside the project`,
        `Write a folder inside it, as ./${draft.name}.`,
      );
      return null;
    }
    const folders = new Set(
      Object.keys(files).flatMap((path) =>
        path
          .split('/')
          .slice(0, -1)
          .map((_, i, parts) => parts.slice(0, i + 1).join('/')),
      ),
    );
    if (folder !== '' && !folders.has(folder)) {
      const meant = closest(folder, folders);
      problems.error(
        build.context.at,
        `the build context "${build.context.value}" is no folder of the project`,
        meant
          ? `Did you mean ./${meant}?`
          : `Folders: ${[...folders].filter((f) => !f.includes('/')).join(', ') || 'none'}.`,
      );
      return null;
    }
    const dockerfile = projectPath(folder, build.dockerfile.value);
    const text = dockerfile === null ? undefined : files[dockerfile];
    if (text === undefined) {
      problems.error(
        build.dockerfile.at,
        `\`${draft.name}\` has no Dockerfile: there is no ${dockerfile ?? build.dockerfile.value}`,
        `Add ${dockerfile ?? 'Dockerfile'}: FROM node:24-alpine, WORKDIR /app, COPY . ., CMD ["node", "src/main.ts"].`,
      );
      return null;
    }
    const image = readDockerfile(
      text,
      files,
      { context: folder, dockerfile: dockerfile!, args: build.args, target: build.target },
      problems.forFile(dockerfile!),
    );
    if (image === null) return null;
    return { image, file: dockerfile!, reference: draft.image?.value ?? `${name}-${draft.name}`, context: folder };
  }
  if (draft.isUnreadable) return null;
  if (draft.image === undefined) {
    problems.error(
      draft.at,
      `\`services.${draft.name}\` has neither build nor image`,
      `Write build: ./${draft.name} and put a Dockerfile there.`,
    );
    return null;
  }
  const found = findImage(draft.image.value);
  if (found.image === null) {
    problems.error(draft.image.at, `\`services.${draft.name}.image\`: ${found.message}`, found.hint);
    return null;
  }
  const base = found.image;
  if (base.warning)
    problems.warn(draft.image.at, base.warning, `Write ${sameVersion(base)} to have the same in both places.`);
  const image: BuiltImage = {
    base,
    workdir: base.workdir,
    env: base.env,
    files: {},
    entrypoint: null,
    command: null,
    commandLine: 0,
    exposed: [],
    tools: base.tools,
    healthcheck: null,
    stopSignal: null,
    user: null,
  };
  return { image, file: null, reference: draft.image.value, context: null };
}

/** Source: Compose specification: `entrypoint` also clears the image's CMD. */
function commandWords(
  draft: ServiceDraft,
  { image, file }: PlacedImage,
  context: ResolveContext,
): { words: readonly string[]; at: { file: string } & Place } {
  const entrypoint = draft.entrypoint?.value ?? image.entrypoint ?? [];
  // A base image's CMD is dropped when the Dockerfile sets ENTRYPOINT, as Docker does.
  const imageCommand = image.command ?? (image.entrypoint === null ? image.base.command : []);
  const command = draft.command?.value ?? (draft.entrypoint !== undefined ? [] : imageCommand);
  // ENTRYPOINT in shell form takes no arguments: sh -c "…" ignores them.
  const isShellForm = image.entrypoint?.[0] === '/bin/sh' && draft.entrypoint === undefined;
  const written = draft.command?.at ?? draft.entrypoint?.at;
  const at =
    written !== undefined
      ? { file: context.file, ...written }
      : file !== null
        ? { file, line: image.commandLine, column: 1 }
        : { file: context.file, ...(draft.image?.at ?? draft.at) };
  return { words: isShellForm ? entrypoint : [...entrypoint, ...command], at };
}

function resolveEnvironment(
  draft: ServiceDraft,
  { files, file, variables, problems }: ResolveContext,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { path, isRequired, at } of draft.envFiles) {
    const projectFile = projectPath('', path);
    const text = projectFile === null ? undefined : files[projectFile];
    if (text !== undefined) {
      Object.assign(env, parseEnvFile(text, variables, problems.forFile(projectFile!)));
    } else if (isRequired) {
      const meant = closest(path, Object.keys(files));
      problems
        .forFile(file)
        .error(
          at,
          `\`services.${draft.name}.env_file\`: there is no file "${path}"`,
          meant ? `Did you mean ${meant}?` : 'Add it, or write required: false.',
        );
    }
  }
  for (const { key, value } of draft.environment) {
    // A name without value takes the one of the environment Compose was started in; without one it is left out.
    const resolved = value ?? variables[key];
    if (resolved !== undefined) env[key] = resolved;
    else delete env[key];
  }
  return env;
}

function resolveHealthcheck(
  draft: ServiceDraft,
  { image, file }: PlacedImage,
  probeContext: ProbeContext,
  context: ResolveContext,
): Healthcheck | null {
  const own = draft.healthcheck;
  const inherited = image.healthcheck;
  if (own?.test === null) return null;
  const test = own?.test ?? inherited?.test;
  if (test === undefined || test === null) {
    if (own !== undefined && !own.isTestUnreadable && inherited === null) {
      context.problems.error(
        own.at,
        `\`services.${draft.name}.healthcheck\` has no test, and neither has the image`,
        'Write test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"].',
      );
    }
    return null;
  }
  const result = test.form === 'exec' ? readProbe(test.words, probeContext) : readShellProbe(test.text, probeContext);
  if (result.probe === null) {
    const isOwn = own?.test !== undefined;
    const target = isOwn ? context.problems : context.problems.forFile(file!);
    target.error(
      isOwn ? own!.testAt : { line: inherited!.line, column: 1 },
      `\`${draft.name}\`: ${result.message}`,
      result.hint,
    );
    return null;
  }
  const base = inherited === null ? HEALTHCHECK_DEFAULTS : { ...HEALTHCHECK_DEFAULTS, ...dockerTimes(inherited) };
  return {
    probe: result.probe,
    // Docker takes 0 as "the default".
    intervalMs: own?.intervalMs || base.intervalMs,
    timeoutMs: own?.timeoutMs || base.timeoutMs,
    retries: own?.retries || base.retries,
    startPeriodMs: own?.startPeriodMs ?? base.startPeriodMs,
    startIntervalMs: own?.startIntervalMs || base.startIntervalMs,
  };
}

function dockerTimes({ options }: DockerHealthcheck): Partial<Healthcheck> {
  const times: { -readonly [K in keyof Healthcheck]?: Healthcheck[K] } = {};
  const duration = (name: string) => (options[name] === undefined ? null : parseDurationMs(options[name]));
  times.intervalMs = duration('interval') ?? HEALTHCHECK_DEFAULTS.intervalMs;
  times.timeoutMs = duration('timeout') ?? HEALTHCHECK_DEFAULTS.timeoutMs;
  times.startPeriodMs = duration('start-period') ?? HEALTHCHECK_DEFAULTS.startPeriodMs;
  times.startIntervalMs = duration('start-interval') ?? HEALTHCHECK_DEFAULTS.startIntervalMs;
  times.retries = Number(options.retries ?? HEALTHCHECK_DEFAULTS.retries) || HEALTHCHECK_DEFAULTS.retries;
  return times;
}
