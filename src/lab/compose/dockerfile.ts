/**
 * Dockerfile → what its image would be in the lab. The lab builds nothing: COPY says which files the container has,
 * ENV, WORKDIR and CMD how its program starts, and RUN is not run (npm packages come from the lab's own bundle).
 */
import { findImage, KNOWN_IMAGES, type LabImage } from '../images/index.ts';
import { applyIgnore, type ContextFiles, copyFiles, isLockFile } from './copy.ts';
import type { ProjectFiles } from './files.ts';
import { type Instruction, jsonWords, readInstructions } from './instructions.ts';
import { interpolate } from './interpolate.ts';
import type { ContainerFiles } from './model.ts';
import { absolutePath, projectPath } from './paths.ts';
import { closest, type Problems } from './problems.ts';
import { splitWords } from './shell.ts';
import { parseDurationMs } from './units.ts';

/** A built image, before compose.yaml overrides parts of it. */
export interface BuiltImage {
  readonly base: LabImage;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly files: ContainerFiles;
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  /** Line of CMD or ENTRYPOINT; of FROM when there is none. */
  readonly commandLine: number;
  readonly exposed: readonly number[];
  readonly tools: readonly string[];
  readonly healthcheck: DockerHealthcheck | null;
  readonly stopSignal: string | null;
  readonly user: string | null;
}

export interface DockerHealthcheck {
  readonly line: number;
  /** null: HEALTHCHECK NONE. */
  readonly test:
    | { readonly form: 'exec'; readonly words: readonly string[] }
    | { readonly form: 'shell'; readonly text: string }
    | null;
  readonly options: Readonly<Record<string, string>>;
}

export interface BuildOptions {
  /** Folder of the context inside the project; '' for the project itself. */
  readonly context: string;
  /** Project path of the Dockerfile. */
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  /** Name of the stage to stop at, from `build.target`. */
  readonly target?: string;
}

/** The image, or null with the reasons in `problems`, which is made for the Dockerfile. */
export function readDockerfile(
  text: string,
  files: ProjectFiles,
  options: BuildOptions,
  problems: Problems,
): BuiltImage | null {
  const errorsBefore = countErrors(problems);
  const build = new Build(contextFiles(files, options), options, problems);
  for (const instruction of readInstructions(text)) build.run(instruction);
  const image = build.finish();
  return countErrors(problems) === errorsBefore ? image : null;
}

interface Stage extends BuiltImage {
  readonly name: string | null;
}

type Draft = { -readonly [K in keyof Stage]: Stage[K] };

class Build {
  private readonly context: ContextFiles;
  private readonly options: BuildOptions;
  private readonly problems: Problems;
  private readonly stages: Draft[] = [];
  /** ARGs before the first FROM; only FROM sees them. */
  private readonly globalArgs: Record<string, string> = {};
  private args: Record<string, string> = {};
  private stage: Draft | null = null;
  private hasFailed = false;

  constructor(context: ContextFiles, options: BuildOptions, problems: Problems) {
    this.context = context;
    this.options = options;
    this.problems = problems;
  }

  finish(): BuiltImage | null {
    if (this.options.target !== undefined) {
      const stage = this.stages.find((s) => s.name === this.options.target);
      if (stage) return stage;
      this.error(
        1,
        `there is no stage "${this.options.target}", which build.target asks for`,
        `Name it: FROM node:24-alpine AS ${this.options.target}.`,
      );
      return null;
    }
    if (this.stage === null && !this.hasFailed)
      this.error(1, 'the Dockerfile has no FROM', `Begin it with FROM ${KNOWN_IMAGES[0]}.`);
    return this.stage;
  }

  run(instruction: Instruction) {
    const { name, line } = instruction;
    if (this.hasFailed) return;
    if (name === 'FROM') return this.from(instruction);
    if (name === 'ARG') return this.arg(instruction);
    const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
    if (handler === undefined) {
      const meant = closest(name, [...Object.keys(HANDLERS), 'FROM', 'ARG']);
      return this.error(
        line,
        `${name} is no Dockerfile instruction`,
        meant
          ? `Did you mean ${meant}?`
          : 'Instructions are FROM, WORKDIR, COPY, RUN, ENV, ARG, EXPOSE, USER, CMD, ENTRYPOINT, HEALTHCHECK.',
      );
    }
    if (this.stage === null) {
      this.hasFailed = true;
      return this.error(line, `${name} stands before FROM`, `Begin the Dockerfile with FROM ${KNOWN_IMAGES[0]}.`);
    }
    if (instruction.rest.startsWith('<<')) {
      return this.error(
        line,
        `${name} with a here-document (<<) is not in the lab yet`,
        'Put the text into a file and COPY it.',
      );
    }
    handler(instruction, this.stage, this);
  }

  error(line: number, message: string, hint: string): void {
    this.problems.error({ line, column: 1 }, message, hint);
  }

  warn(line: number, message: string, hint: string): void {
    this.problems.warn({ line, column: 1 }, message, hint);
  }

  /** `$VAR` from ARG and ENV, as most instructions allow. */
  expand(
    text: string,
    line: number,
    variables: Readonly<Record<string, string>> = { ...this.args, ...this.stage?.env },
  ): string {
    const { text: expanded, error } = interpolate(text, variables);
    if (error) this.error(line, error.message, `Write $NAME or \${NAME:-default}.`);
    return expanded;
  }

  copy({ name, flags, rest, line }: Instruction, stage: Draft) {
    const words = jsonWords(rest) ?? splitWords(rest).words;
    if (words === null || words.length < 2) {
      return this.error(line, `${name} needs a source and a destination, found "${rest}"`, `Write ${name} src ./src.`);
    }
    const expanded = words.map((word) => this.expand(word, line));
    const sources = expanded.slice(0, -1);
    const remote = sources.find((source) => /^(?:https?|git|ssh):|\.git$|\.(?:tar|tgz|tar\.gz|tar\.xz)$/.test(source));
    if (name === 'ADD' && remote) {
      return this.error(
        line,
        `ADD ${remote}: the lab neither downloads nor unpacks`,
        'Put the files into the project and COPY them.',
      );
    }
    const fromStage = flags.from === undefined ? null : this.findStage(flags.from);
    if (flags.from !== undefined && fromStage === null) {
      return this.error(
        line,
        `COPY --from=${flags.from}: there is no such stage above`,
        this.stages.some((s) => s.name)
          ? `Stages: ${this.stages.flatMap((s) => s.name ?? []).join(', ')}.`
          : `Name one: FROM ${KNOWN_IMAGES[0]} AS ${flags.from}. The lab cannot copy out of other images.`,
      );
    }
    // npm packages come from the lab's bundle, so node_modules has no files that could be copied.
    const wanted = sources.filter((source) => !/(?:^|\/)node_modules(?:\/|$)/.test(source));
    if (wanted.length === 0) return;
    const from = fromStage === null ? this.context : asContext(fromStage.files);
    const contextName =
      fromStage !== null
        ? `stage "${fromStage.name ?? flags.from}" (the lab does not run RUN, so nothing is built there)`
        : this.options.context === ''
          ? 'the build context (the project folder)'
          : `the build context ${this.options.context}/`;
    const result = copyFiles(wanted, expanded.at(-1)!, from, stage.workdir, stage.files, contextName);
    if (result.files === null) return this.error(line, result.message, result.hint);
    stage.files = { ...stage.files, ...result.files };
  }

  command(form: 'CMD' | 'ENTRYPOINT', rest: string, line: number): string[] {
    const words = jsonWords(rest);
    if (words !== null) return words;
    if (rest.startsWith('[')) {
      this.error(
        line,
        `${form} looks like a list but is no JSON, so Docker would hand it to a shell: ${rest}`,
        `Use double quotes and commas: ${form} ["node", "src/main.ts"].`,
      );
    }
    return ['/bin/sh', '-c', rest];
  }

  private from({ rest, line }: Instruction) {
    const match = /^(\S+)(?:\s+as\s+(\S+))?$/i.exec(rest);
    if (match === null)
      return this.error(line, `expected FROM image [AS name], found "FROM ${rest}"`, `Write FROM ${KNOWN_IMAGES[0]}.`);
    const reference = this.expand(match[1]!, line, this.globalArgs);
    const name = match[2] ?? null;
    this.args = {};
    const parent = this.findStage(reference);
    if (parent !== null) {
      this.stage = { ...parent, name };
    } else {
      const found = findImage(reference);
      if (found.image === null) {
        this.hasFailed = true;
        return this.error(line, found.message, found.hint);
      }
      const { image } = found;
      if (image.warning)
        this.warn(line, image.warning, `Write FROM ${KNOWN_IMAGES[0]} to have the same Node in both places.`);
      this.stage = {
        name,
        base: image,
        workdir: image.workdir,
        env: image.env,
        files: {},
        entrypoint: null,
        command: null,
        commandLine: line,
        exposed: [],
        tools: image.tools,
        healthcheck: null,
        stopSignal: null,
        user: null,
      };
    }
    this.stages.push(this.stage);
  }

  private arg({ rest, line }: Instruction): void {
    for (const word of splitWords(rest).words ?? []) {
      const [name = '', ...value] = word.split('=');
      const given =
        this.options.args[name] ??
        (value.length > 0
          ? this.expand(value.join('='), line, this.stage ? { ...this.args, ...this.stage.env } : this.globalArgs)
          : undefined);
      const scope = this.stage === null ? this.globalArgs : this.args;
      // ARG again inside a stage takes over the value from before FROM.
      const effective = given ?? (this.stage === null ? undefined : this.globalArgs[name]);
      if (effective !== undefined) scope[name] = effective;
    }
  }

  private findStage(reference: string): Draft | null {
    const byName = this.stages.find((stage) => stage.name?.toLowerCase() === reference.toLowerCase());
    if (byName) return byName;
    return /^\d+$/.test(reference) ? (this.stages[Number(reference)] ?? null) : null;
  }
}

const HANDLERS: Readonly<Record<string, (instruction: Instruction, stage: Draft, build: Build) => void>> = {
  WORKDIR: ({ rest, line }, stage, build) => {
    stage.workdir = absolutePath(stage.workdir, build.expand(rest, line));
  },
  COPY: (instruction, stage, build) => build.copy(instruction, stage),
  ADD: (instruction, stage, build) => build.copy(instruction, stage),
  RUN: ({ rest, line }, stage, build) => {
    for (const tool of ['curl', 'wget'] as const) {
      if (/\b(?:apk|apt|apt-get)\b/.test(rest) && new RegExp(`\\b${tool}\\b`).test(rest))
        stage.tools = [...stage.tools, tool];
    }
    const isHarmless = rest.split(/&&|;/).every((part) => HARMLESS_RUN.test(part.trim()));
    if (!isHarmless) {
      build.warn(
        line,
        `the lab does not run RUN ${rest.length > 60 ? `${rest.slice(0, 57)}...` : rest}`,
        'Node 24 runs TypeScript as it is; what a build step would make must be in the project.',
      );
    }
  },
  ENV: ({ rest, line }, stage, build) => {
    const env = { ...stage.env };
    const old = /^([A-Za-z_]\w*)\s+([\s\S]+)$/.exec(rest);
    if (old && !old[1]!.includes('=')) env[old[1]!] = build.expand(old[2]!, line);
    else {
      for (const word of splitWords(rest).words ?? []) {
        const equals = word.indexOf('=');
        if (equals <= 0) {
          build.error(line, `ENV needs NAME=value, found "${word}"`, 'Write ENV NODE_ENV=production.');
          continue;
        }
        env[word.slice(0, equals)] = build.expand(word.slice(equals + 1), line);
      }
    }
    stage.env = env;
  },
  EXPOSE: ({ rest, line }, stage, build) => {
    for (const word of build.expand(rest, line).split(/\s+/)) {
      const match = /^(\d+)(?:\/(tcp|udp))?$/.exec(word);
      if (match === null) build.error(line, `EXPOSE needs a port number, found "${word}"`, 'Write EXPOSE 8080.');
      else if (match[2] !== 'udp') stage.exposed = [...stage.exposed, Number(match[1])];
    }
  },
  CMD: ({ rest, line }, stage, build) => {
    stage.command = build.command('CMD', rest, line);
    stage.commandLine = line;
  },
  ENTRYPOINT: ({ rest, line }, stage, build) => {
    stage.entrypoint = build.command('ENTRYPOINT', rest, line);
    stage.commandLine = line;
  },
  HEALTHCHECK: ({ flags, rest, line }, stage, build) => {
    for (const name of Object.keys(flags)) {
      const value = flags[name]!;
      if (!['interval', 'timeout', 'retries', 'start-period', 'start-interval'].includes(name)) {
        build.error(
          line,
          `HEALTHCHECK has no option --${name}`,
          'Options are --interval, --timeout, --retries, --start-period and --start-interval.',
        );
      } else if (name === 'retries' ? !/^\d+$/.test(value) : parseDurationMs(value) === null) {
        build.error(
          line,
          `--${name}=${value} is no ${name === 'retries' ? 'number' : 'duration'}`,
          `Write --${name}=${name === 'retries' ? '3' : '5s'}.`,
        );
      }
    }
    const cmd = /^CMD\s+([\s\S]+)$/i.exec(rest);
    if (/^NONE$/i.test(rest)) stage.healthcheck = { line, test: null, options: {} };
    else if (cmd === null)
      build.error(
        line,
        `expected HEALTHCHECK CMD … or HEALTHCHECK NONE, found "${rest}"`,
        'Write HEALTHCHECK CMD ["wget", "-qO-", "http://127.0.0.1:8080/healthz"].',
      );
    else {
      const words = jsonWords(cmd[1]!);
      stage.healthcheck = {
        line,
        test: words ? { form: 'exec', words } : { form: 'shell', text: cmd[1]! },
        options: flags,
      };
    }
  },
  STOPSIGNAL: ({ rest, line }, stage, build) => {
    stage.stopSignal = build.expand(rest, line);
  },
  USER: ({ rest, line }, stage, build) => {
    stage.user = build.expand(rest, line);
    if (stage.user === 'node') stage.env = { ...stage.env, HOME: '/home/node' };
  },
  LABEL: () => {},
  MAINTAINER: () => {},
  VOLUME: () => {},
  SHELL: ({ line }, _stage, build) =>
    build.error(line, 'the lab has no shell, so SHELL has no meaning in it', 'Leave it out and write CMD as a list.'),
  ONBUILD: ({ line }, _stage, build) =>
    build.error(line, 'ONBUILD is not in the lab', 'Write the instructions into the Dockerfile that uses the image.'),
};

/** What RUN does that makes no difference here: packages come from the lab's bundle, and users and modes do not exist. */
const HARMLESS_RUN =
  /^(?:npm (?:ci|install|i|prune|cache|config|set|pkg)\b|yarn(?: install|$)|pnpm (?:install|i|fetch)\b|corepack\b|apk\b|apt(?:-get)?\b|mkdir\b|chown\b|chmod\b|addgroup\b|adduser\b|groupadd\b|useradd\b|rm\b|set -)/;

function contextFiles(files: ProjectFiles, { context }: BuildOptions): ContextFiles {
  const prefix = context === '' ? '' : `${context}/`;
  const found: Record<string, { source: string; text: string }> = {};
  for (const path of Object.keys(files).sort()) {
    if (path.startsWith(prefix) && !isLockFile(path))
      found[path.slice(prefix.length)] = { source: path, text: files[path]! };
  }
  const ignore = files[projectPath(context, '.dockerignore') ?? ''];
  return ignore === undefined ? found : applyIgnore(found, ignore);
}

function asContext(files: ContainerFiles): ContextFiles {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [path.slice(1), file]));
}

function countErrors(problems: Problems): number {
  return problems.list.filter((problem) => problem.severity === 'error').length;
}
