import { expect, test } from 'vitest';
import { parseCompose } from './parse.ts';
import { formatProblem } from './problems.ts';

const problemsOf = (compose: string, files: Record<string, string> = {}) => {
  const read = parseCompose({ ...files, 'compose.yaml': compose });
  return read.ok ? '' : read.problems.map(formatProblem).join('\n');
};

function serviceOf(compose: string, files: Record<string, string> = {}) {
  const read = parseCompose({ ...files, 'compose.yaml': compose });
  if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
  return read.project.services[0]!;
}

test('a server image brings its command, port, volume and stop signal', () => {
  const redis = serviceOf('services:\n  cache:\n    image: redis:7-alpine\n    command: ["--appendonly", "yes"]\n');
  expect(redis.argv).toEqual(['redis-server', '--appendonly', 'yes']);
  expect(redis.server).toEqual({ program: 'redis', volumes: ['/data'] });
  expect(redis.exposed).toEqual([6379]);
  expect(redis.program).toBeNull();
  const empty = serviceOf('services:\n  cache:\n    image: redis:7\n    command: ["--save", ""]\n');
  expect(empty.argv).toEqual(['redis-server', '--save', '']);
  const postgres = serviceOf('services:\n  db:\n    image: docker.io/library/postgres:17\n');
  expect([postgres.argv, postgres.stopSignal]).toEqual([['postgres'], 'SIGINT']);
});

test('a health check may call the tools of the server, and nothing else', () => {
  const db = serviceOf(
    'services:\n  db:\n    image: postgres:17\n    healthcheck: { test: ["CMD-SHELL", "pg_isready -U app -d shop"], interval: 1s }\n',
  );
  expect(db.healthcheck?.probe).toEqual({
    kind: 'tool',
    argv: ['pg_isready', '-U', 'app', '-d', 'shop'],
    text: 'pg_isready -U app -d shop',
  });
  expect(
    problemsOf('services:\n  db:\n    image: postgres:17\n    healthcheck: { test: ["CMD", "redis-cli", "ping"] }\n'),
  ).toMatchInlineSnapshot(`
    "compose.yaml:4:26 \`db\`: postgres:17 has pg_isready, psql for health checks, found "redis-cli ping"
      Write test: ["CMD-SHELL", "pg_isready -U postgres"]."
  `);
});

test('files and folders of the project can be mounted; others cannot', () => {
  const files = { 'db/init.sql': 'CREATE TABLE t ();', 'db/more/a.sql': 'SELECT 1;' };
  const volumes = (list: string) => `services:\n  db:\n    image: postgres:17\n    volumes: ${list}\n`;
  expect(serviceOf(volumes('["./db:/docker-entrypoint-initdb.d:ro"]'), files).files).toEqual({
    '/docker-entrypoint-initdb.d/init.sql': { source: 'db/init.sql', text: 'CREATE TABLE t ();' },
    '/docker-entrypoint-initdb.d/more/a.sql': { source: 'db/more/a.sql', text: 'SELECT 1;' },
  });
  expect(problemsOf(volumes('["./db/init.sq:/x.sql", "/etc/passwd:/x", "../up:/x"]'), files)).toMatchInlineSnapshot(`
    "compose.yaml:4:15 \`db\` mounts "./db/init.sq", and the project has no such file or folder
      Did you mean ./db/init.sql?
    compose.yaml:4:38 \`services.db.volumes[1]\` mounts "/etc/passwd", which lies outside the project
      Mount a file or folder of the project, as ./config:/etc/config:ro.
    compose.yaml:4:56 \`db\` mounts "../up", and the project has no such file or folder
      Add it; Docker would mount an empty folder in its place."
  `);
});

test('a command that is not the server is refused', () => {
  expect(problemsOf('services:\n  cache:\n    image: redis:7\n    command: sleep 5\n')).toMatchInlineSnapshot(`
    "compose.yaml:4:14 \`cache\` cannot start: the lab's redis image runs redis-server, and the command is "sleep 5"
      Write ["redis-server"] with its options, or leave command out."
  `);
});
