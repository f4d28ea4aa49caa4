import { describe, expect, test } from 'vitest';
import { type BuiltImage, readDockerfile } from './dockerfile.ts';
import { formatProblem, Problems } from './problems.ts';

const FILES = {
  'web/package.json': '{}',
  'web/package-lock.json': '{}',
  'web/src/main.ts': 'main',
  'web/src/lib/util.ts': 'util',
  'web/notes.md': 'notes',
  'web/.env': 'SECRET=1',
  'api/src/main.ts': 'other service',
};

function build(
  text: string,
  extra: Record<string, string> = {},
  args = {},
  target?: string,
): { image: BuiltImage | null; problems: string } {
  const problems = new Problems('web/Dockerfile');
  const image = readDockerfile(
    text,
    { ...FILES, ...extra },
    { context: 'web', dockerfile: 'web/Dockerfile', args, target },
    problems,
  );
  return { image, problems: problems.list.map(formatProblem).join('\n') };
}

const filesOf = (text: string, extra = {}) =>
  Object.keys(build(`FROM node:24-alpine\nWORKDIR /app\n${text}`, extra).image?.files ?? {}).sort();

describe('COPY', () => {
  test('a folder’s content goes into the destination, a file takes its name', () => {
    expect(filesOf('COPY src ./src')).toEqual(['/app/src/lib/util.ts', '/app/src/main.ts']);
    expect(filesOf('COPY src/ .')).toEqual(['/app/lib/util.ts', '/app/main.ts']);
    expect(filesOf('COPY src/main.ts server.ts')).toEqual(['/app/server.ts']);
    expect(filesOf('COPY src/main.ts bin/')).toEqual(['/app/bin/main.ts']);
    expect(filesOf('COPY src src\nCOPY notes.md src')).toContain('/app/src/notes.md');
    expect(filesOf('COPY ["notes.md", "/etc/notes"]')).toEqual(['/etc/notes']);
    expect(filesOf('ADD --chown=node:node package*.json ./')).toEqual(['/app/package.json']);
  });

  test('lock files are left out, named or not, there or not', () => {
    expect(filesOf('COPY package.json package-lock.json ./')).toEqual(['/app/package.json']);
    expect(filesOf('COPY . .')).not.toContain('/app/package-lock.json');
  });

  test('.dockerignore: patterns, folders, and taking back', () => {
    expect(
      filesOf('COPY . .', {
        'web/.dockerignore': '# no notes\n*.md\n.env\nsrc/lib\n!src/lib/util.ts\n.dockerignore\n',
      }),
    ).toEqual(['/app/package.json', '/app/src/lib/util.ts', '/app/src/main.ts']);
    expect(filesOf('COPY . .', { 'web/.dockerignore': '**/*.ts\n.*\n' })).toEqual([
      '/app/notes.md',
      '/app/package.json',
    ]);
  });

  test('what is not there is told, with what is', () => {
    expect(build('FROM node:24\nCOPY sorc /app').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 nothing to copy: there is no "sorc" in the build context web/
        Did you mean "src"?"
    `);
    expect(build('FROM node:24\nCOPY ../api /app').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 nothing to copy: there is no "../api" in the build context web/
        There is: .env, notes.md, package.json, src."
    `);
    expect(build('FROM node:24\nCOPY dist\n').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 COPY needs a source and a destination, found "dist"
        Write COPY src ./src."
    `);
  });
});

describe('instructions', () => {
  test('ENV, ARG, WORKDIR, EXPOSE, USER, CMD, HEALTHCHECK', () => {
    const { image, problems } = build(
      `# syntax=docker/dockerfile:1
ARG TAG=24-alpine
FROM node:\${TAG} AS run
ARG PORT=80
ARG TAG
ENV A=1 B="two words" \\
    # a comment inside
    PORT=$PORT
ENV OLD the old form
WORKDIR /srv
workdir app
EXPOSE $PORT 9090/tcp
COPY src ./src
RUN npm ci --omit=dev && apk add --no-cache curl
USER node
HEALTHCHECK --interval=3s --start-period=1m CMD curl -f http://127.0.0.1/ || exit 1
CMD ["node", "src/main.ts"]
`,
      {},
      { PORT: '8080' },
    );
    expect(problems).toBe('');
    expect(image).toMatchObject({
      workdir: '/srv/app',
      env: { A: '1', B: 'two words', PORT: '8080', OLD: 'the old form', HOME: '/home/node' },
      exposed: [8080, 9090],
      command: ['node', 'src/main.ts'],
      tools: ['node', 'wget', 'curl'],
      user: 'node',
      healthcheck: {
        test: { form: 'shell', text: 'curl -f http://127.0.0.1/ || exit 1' },
        options: { interval: '3s', 'start-period': '1m' },
      },
    });
  });

  test('several stages: the last one counts, or the target; COPY --from takes files of another', () => {
    const text = `FROM node:24-alpine AS base
WORKDIR /app
FROM base AS build
COPY . .
RUN npm ci
FROM base
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/src ./src
CMD ["node", "src/main.ts"]
`;
    const { image, problems } = build(text);
    expect(problems).toBe('');
    expect(Object.keys(image!.files)).toEqual(['/app/src/lib/util.ts', '/app/src/main.ts']);
    expect(Object.keys(build(text, {}, {}, 'build').image!.files)).toContain('/app/notes.md');
    expect(build(text, {}, {}, 'test').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:1:1 there is no stage "test", which build.target asks for
        Name it: FROM node:24-alpine AS test."
    `);
  });

  test('a build step is not run: what it would make is missing, and says so', () => {
    expect(
      build(
        'FROM node:24 AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\nFROM node:24\nCOPY --from=build /app/dist /app\n',
      ).problems,
    ).toMatchInlineSnapshot(`
      "web/Dockerfile:4:1 warning: the lab does not run RUN npm run build
        Node 24 runs TypeScript as it is; what a build step would make must be in the project.
      web/Dockerfile:6:1 nothing to copy: there is no "/app/dist" in stage "build" (the lab does not run RUN, so nothing is built there)
        There is: app."
    `);
  });

  test('mistakes', () => {
    expect(build('RUN npm ci\n').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:1:1 RUN stands before FROM
        Begin the Dockerfile with FROM node:24-alpine."
    `);
    expect(build('FROM python:3\n').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:1:1 the lab has no image "python:3"; it has node:24-alpine, node:24-slim, node:24, redis:7, postgres:17, rabbitmq:4, haproxy:3, consul:1
        Begin the Dockerfile with FROM node:24-alpine, and name its folder in build:."
    `);
    expect(build('FROM node:20-alpine\n').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:1:1 warning: the lab runs Node 24 whatever the tag says; "node:20-alpine" is Node 20
        Write FROM node:24-alpine to have the same Node in both places."
    `);
    expect(build("FROM node:24\nCMD ['node', 'src/main.ts']\n").problems).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 CMD looks like a list but is no JSON, so Docker would hand it to a shell: ['node', 'src/main.ts']
        Use double quotes and commas: CMD ["node", "src/main.ts"]."
    `);
    expect(build('FROM node:24\nCOPPY . .\n').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 COPPY is no Dockerfile instruction
        Did you mean COPY?"
    `);
    expect(build('FROM node:24\nCOPY --from=biuld /app .\n').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 COPY --from=biuld: there is no such stage above
        Name one: FROM node:24-alpine AS biuld. The lab cannot copy out of other images."
    `);
    expect(build('FROM node:24\nADD https://example.com/x.tar.gz /x\n').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 ADD https://example.com/x.tar.gz: the lab neither downloads nor unpacks
        Put the files into the project and COPY them."
    `);
    expect(build('FROM node:24\nRUN <<EOF\nnpm ci\nEOF\n').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 RUN with a here-document (<<) is not in the lab yet
        Put the text into a file and COPY it.
      web/Dockerfile:3:1 NPM is no Dockerfile instruction
        Instructions are FROM, WORKDIR, COPY, RUN, ENV, ARG, EXPOSE, USER, CMD, ENTRYPOINT, HEALTHCHECK.
      web/Dockerfile:4:1 EOF is no Dockerfile instruction
        Instructions are FROM, WORKDIR, COPY, RUN, ENV, ARG, EXPOSE, USER, CMD, ENTRYPOINT, HEALTHCHECK."
    `);
    expect(
      build('FROM node:24\nHEALTHCHECK --every=5s CMD true\nEXPOSE http\nENV A\n').problems,
    ).toMatchInlineSnapshot(`
      "web/Dockerfile:2:1 HEALTHCHECK has no option --every
        Options are --interval, --timeout, --retries, --start-period and --start-interval.
      web/Dockerfile:3:1 EXPOSE needs a port number, found "http"
        Write EXPOSE 8080.
      web/Dockerfile:4:1 ENV needs NAME=value, found "A"
        Write ENV NODE_ENV=production."
    `);
    expect(build('').problems).toMatchInlineSnapshot(`
      "web/Dockerfile:1:1 the Dockerfile has no FROM
        Begin it with FROM node:24-alpine."
    `);
  });
});
