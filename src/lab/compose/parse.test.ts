import { describe, expect, test } from 'vitest';
import type { ComposeService } from './model.ts';
import { parseCompose } from './parse.ts';
import { formatProblem } from './problems.ts';
import { filesFor, projectOf } from './test-machine.ts';

/** What a person would read, one problem after the other. `web` and `api` have folders. */
function problemsOf(compose: string, extra: Record<string, string> = {}): string {
  const result = parseCompose(filesFor(compose, ['web', 'api'], extra));
  const list = result.ok ? result.warnings : result.problems;
  return `${result.ok ? 'ok\n' : ''}${list.map(formatProblem).join('\n')}`;
}

/** The one service, from keys indented by four. */
function serviceOf(keys: string, extra: Record<string, string> = {}): ComposeService {
  return projectOf(`services:\n  web:\n    build: web\n${keys}`, ['web'], extra).services[0]!;
}

function problemOf(keys: string, extra: Record<string, string> = {}): string {
  return problemsOf(`services:\n  web:\n    build: web\n${keys}`, extra);
}

describe('what is understood', () => {
  test('command and entrypoint, as text or list; entrypoint drops the image’s command', () => {
    expect(serviceOf('').argv).toEqual(['node', 'src/main.ts']);
    expect(serviceOf('    command: node src/main.ts --port "80 80"').argv).toEqual([
      'node',
      'src/main.ts',
      '--port',
      '80 80',
    ]);
    expect(serviceOf('    command: ["node", "src/main.ts", "x"]').program).toEqual({
      script: '/app/src/main.ts',
      code: null,
      args: ['x'],
    });
    expect(serviceOf('    entrypoint: [node, --enable-source-maps]\n    command: [src/main.ts]').argv).toEqual([
      'node',
      '--enable-source-maps',
      'src/main.ts',
    ]);
    expect(serviceOf('    working_dir: src\n    command: node main.ts').program!.script).toBe('/app/src/main.ts');
    expect(serviceOf('    command: src/main.ts').argv).toEqual(['node', 'src/main.ts']);
  });

  test('environment: map or list, env_file below it, variables with defaults, $$, and names without value', () => {
    const { env } = serviceOf(
      `    env_file: [web.env, { path: missing.env, required: false }]
    environment:
      A: 1
      B: true
      C: "\${SET:-x} \${EMPTY:-y} \${EMPTY-z} \${UNSET:-\${SET}} $$HOME \${SET:+yes}"
      FROM_SHELL:
      GONE:
`,
      {
        '.env': 'SET=set\nEMPTY=\nFROM_SHELL=shell\n',
        'web.env': 'A=overridden\nFILE="a $SET # b" # comment\nRAW=\'$SET\'\n',
      },
    );
    expect(env).toMatchObject({
      A: '1',
      B: 'true',
      C: 'set y  set $HOME yes',
      FROM_SHELL: 'shell',
      FILE: 'a set # b',
      RAW: '$SET',
    });
    expect(env).not.toHaveProperty('GONE');
    expect(serviceOf('    environment: ["A=b=c", "EMPTY="]').env).toMatchObject({ A: 'b=c', EMPTY: '' });
  });

  test('ports, short and long, and all exposed ports', () => {
    const { ports, exposed } = serviceOf(
      '    ports: ["8080:80", "127.0.0.1:9000:90/tcp", "70", { target: 60, published: "6000" }]\n    expose: ["50"]\n',
    );
    expect(ports.map(({ published, target }) => [published, target])).toEqual([
      [8080, 80],
      [9000, 90],
      [null, 70],
      [6000, 60],
    ]);
    expect(exposed).toEqual([50, 60, 70, 80, 90]);
  });

  test('health checks: wget, curl, node; shell and list; times with Docker’s defaults', () => {
    expect(
      serviceOf('    healthcheck: { test: wget -q --spider http://localhost:80/healthz || exit 1 }').healthcheck,
    ).toEqual({
      probe: {
        kind: 'http',
        url: 'http://localhost:80/healthz',
        passesOnErrorStatus: false,
        text: 'wget -q --spider http://localhost:80/healthz',
      },
      intervalMs: 30_000,
      timeoutMs: 30_000,
      retries: 3,
      startPeriodMs: 0,
      startIntervalMs: 5_000,
    });
    expect(
      serviceOf(
        '    environment: { PORT: 80 }\n    healthcheck: { test: ["CMD-SHELL", "wget -qO- http://127.0.0.1:$$PORT/"], interval: 1m30s, retries: 5 }',
      ).healthcheck,
    ).toMatchObject({
      probe: { url: 'http://127.0.0.1:80/' },
      intervalMs: 90_000,
      retries: 5,
    });
    expect(
      serviceOf(`    healthcheck: { test: ["CMD", "node", "-e", "fetch('http://127.0.0.1/')"] }`).healthcheck?.probe,
    ).toMatchObject({
      kind: 'process',
      program: { code: "fetch('http://127.0.0.1/')" },
    });
    expect(serviceOf('    healthcheck: { disable: true, test: wget x }').healthcheck).toBeNull();
    expect(serviceOf('    healthcheck: { test: [NONE] }').healthcheck).toBeNull();
  });

  test('restart, replicas, limits, grace period, x-lab', () => {
    const service = serviceOf(`    restart: on-failure:3
    deploy: { replicas: 2, resources: { limits: { cpus: "0.5", memory: 256m } } }
    stop_grace_period: 1m
    stop_signal: SIGINT
    init: true
    user: node
    labels: { team: shop }
    x-lab: { cpu: { perRequest: 1.5ms, distribution: exponential }, latency: 3ms }
    x-other: anything
`);
    expect(service).toMatchObject({
      restart: { condition: 'on-failure', retriesMax: 3 },
      replicas: 2,
      limits: { cpus: 0.5, memoryBytes: 268_435_456 },
      stopGraceMs: 60_000,
      stopSignal: 'SIGINT',
      lab: { cpu: { perRequestMs: 1.5, distribution: 'exponential' }, latencyMs: 3 },
    });
    expect(serviceOf('    restart: no').restart.condition).toBe('no');
    expect(serviceOf('    deploy: { restart_policy: { condition: any } }').restart.condition).toBe('always');
  });

  test('anchors, aliases and merge keys; own keys win', () => {
    const project = projectOf(
      `x-base: &base
  restart: always
  environment: { A: 1 }
services:
  web: { <<: *base, build: web, environment: { B: 2 } }
  api: { <<: [*base], build: api }
`,
      ['web', 'api'],
    );
    expect(project.services.map((s) => [s.restart.condition, s.env.A, s.env.B])).toEqual([
      ['always', undefined, '2'],
      ['always', '1', undefined],
    ]);
  });

  test('profiles leave services out until they are asked for', () => {
    const files = filesFor('services:\n  web: { build: web }\n  api: { build: api, profiles: [debug] }\n', [
      'web',
      'api',
    ]);
    const names = (profiles: string[]) => {
      const result = parseCompose(files, { profiles });
      return result.ok ? result.project.services.map((service) => service.name) : result.problems;
    };
    expect(names([])).toEqual(['web']);
    expect(names(['debug'])).toEqual(['web', 'api']);
  });

  test('networks and named volumes', () => {
    const service = serviceOf(
      '    networks: [front]\n    volumes: ["data:/var/lib/data:ro"]\nnetworks:\n  front: {}\nvolumes:\n  data:\n',
    );
    expect(service.networks).toEqual(['front']);
    expect(service.mounts).toEqual([{ volume: 'data', target: '/var/lib/data', isReadOnly: true }]);
  });
});

describe('what is refused, with place and advice', () => {
  test('a typo in a key', () => {
    expect(problemOf('    enviroment: { A: 1 }\n    deploy: { replica: 2 }\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:5 \`enviroment\` is no key that Compose knows in \`services.web\`
        Did you mean \`environment\`?
      compose.yaml:5:15 \`replica\` is no key that Compose knows in \`services.web.deploy\`
        Did you mean \`replicas\`?"
    `);
    expect(problemsOf('service:\n  web: { build: web }\n')).toMatchInlineSnapshot(`
      "compose.yaml:1:1 \`service\` is no key that Compose knows at the top level
        Did you mean \`services\`?"
    `);
  });

  test('real Compose that the lab does not do', () => {
    expect(
      problemOf(
        '    network_mode: host\n    volumes: ["/etc:/app"]\n    ports: ["53:53/udp", "9000-9010:9000-9010"]\n',
      ),
    ).toMatchInlineSnapshot(`
      "compose.yaml:4:5 \`services.web.network_mode\` is real Compose, but the lab does not do it yet
        Leave it out, or put services on the same entry of networks:.
      compose.yaml:5:15 \`services.web.volumes[0]\` mounts "/etc", which lies outside the project
        Mount a file or folder of the project, as ./config:/etc/config:ro.
      compose.yaml:6:13 \`services.web.ports[0]\` asks for udp; the lab's network speaks TCP only
        Leave out "/udp".
      compose.yaml:6:26 \`services.web.ports[1]\` is a range of ports ("9000-9010:9000-9010"), which the lab does not do yet
        Write one line for each port: - "8080:8080"."
    `);
    expect(problemsOf('include: [other.yaml]\nservices:\n  web: { image: redis:7 }\n')).toMatchInlineSnapshot(`
      "compose.yaml:1:1 \`include\` is real Compose, but the lab does not do it yet
        Put all services into this file."
    `);
  });

  test('wrong types', () => {
    expect(
      problemOf(`    environment: yes
    ports: 8080:8080
    depends_on: api
    deploy: { replicas: two }
    healthcheck: { test: wget -q http://127.0.0.1/, interval: 5, retries: many, timeout: fast }
    restart: allways
    x-lab: { cpu: 2 }
`),
    ).toMatchInlineSnapshot(`
      "compose.yaml:4:18 \`services.web.environment\` must be a map or a list, found "yes"
        Write KEY: value lines, or a list of "- KEY=value".
      compose.yaml:5:12 \`services.web.ports\` must be a list, found "8080:8080"
        Write each item on its own line after "- ".
      compose.yaml:6:17 \`services.web.depends_on\` must be a list or a map of services, found "api"
        Write [inventory], or inventory: { condition: service_healthy }.
      compose.yaml:7:25 \`services.web.deploy.replicas\` must be a whole number of at least 0, found "two"
        Write replicas: 2
      compose.yaml:8:63 \`services.web.healthcheck.interval\` must be a duration with its unit, found the number 5
        Write 5s for seconds or 5ms for milliseconds.
      compose.yaml:8:75 \`services.web.healthcheck.retries\` must be a whole number of at least 1, found "many"
        Write retries: 2
      compose.yaml:8:90 \`services.web.healthcheck.timeout\` must be a duration with its unit, found "fast"
        Write it as 500ms, 10s or 1m30s.
      compose.yaml:9:14 \`services.web.restart\` must be no, always, on-failure or unless-stopped, found "allways"
        Write restart: always
      compose.yaml:10:19 \`services.web.x-lab.cpu\` must be a duration with its unit, found the number 2
        Write 2s for seconds or 2ms for milliseconds."
    `);
    expect(problemOf('    environment:\n      - A: 1\n')).toMatchInlineSnapshot(`
      "compose.yaml:5:9 \`services.web.environment[0]\` mixes the two forms: "- A: …"
        Write "- A=…", or drop the "- " before every line."
    `);
    expect(problemsOf('services:\n  - web\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:3 \`services\` must be a map (key: value lines), found a list
        Write services: and under it, indented by two spaces more, one "key: value" a line."
    `);
    expect(problemsOf('services:\n  web: node main.ts\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:8 \`services.web\` must be a map (key: value lines), found "node main.ts"
        Write web: and under it, indented by two spaces more, one "key: value" a line."
    `);
  });

  test('YAML that is none', () => {
    expect(problemsOf('services:\n  web:\n    build: web\n    build: api\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:5 \`build\` stands twice in the same map
        Keep one of the two; put both values under it when both are meant."
    `);
    expect(problemsOf('services:\n\tweb:\n\t\tbuild: web\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:1 a tab indents this line
        YAML indents with spaces only; use two spaces a level.
      compose.yaml:3:1 a tab indents this line
        YAML indents with spaces only; use two spaces a level."
    `);
    expect(problemsOf('services:\n  web:\n    build: web\n   ports: ["80"]\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:1 this is no YAML: all mapping items must start at the same column
        Check the indentation (two spaces a level), a missing ":" and open quotes or brackets above."
    `);
    expect(problemsOf('services:\n  web:\n    build: "web\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:1 this is no YAML: missing closing "quote
        Check the indentation (two spaces a level), a missing ":" and open quotes or brackets above."
    `);
    expect(problemsOf('services:\n  web:\n    command: echo: a: b\n')).toMatchInlineSnapshot(`
      "compose.yaml:3:14 this is no YAML: nested mappings are not allowed in compact mappings
        Put a value that has ": " in it into quotes, and indent keys of one map alike.
      compose.yaml:3:20 this is no YAML: nested mappings are not allowed in compact mappings
        Put a value that has ": " in it into quotes, and indent keys of one map alike."
    `);
    expect(problemsOf('services:\n  web: *base\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:8 the alias *base has no anchor above it
        Define it first with &base.
      compose.yaml:2:8 \`services.web\` must be a map (key: value lines), found nothing
        Write web: and under it, indented by two spaces more, one "key: value" a line."
    `);
    expect(problemsOf('')).toMatchInlineSnapshot(`
      "compose.yaml:1:1 the file is empty
        Write services: and one entry for each service."
    `);
    expect(parseCompose({})).toMatchInlineSnapshot(`
      {
        "ok": false,
        "problems": [
          {
            "column": 1,
            "file": "compose.yaml",
            "hint": "Add one that names the services under \`services:\`.",
            "line": 1,
            "message": "the project has no compose.yaml",
            "severity": "error",
          },
        ],
      }
    `);
  });

  test('ports that clash', () => {
    expect(
      problemsOf('services:\n  web: { build: web, ports: ["8080:80"] }\n  api: { build: api, ports: ["8080:80"] }\n'),
    ).toMatchInlineSnapshot(`
      "compose.yaml:3:30 port 8080 is published twice: by \`web\` (line 2) and by \`api\`
        Publish another one, as "8081:80"; services reach each other without ports:."
    `);
    expect(problemOf('    ports: ["8080:80"]\n    deploy: { replicas: 2 }\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:13 \`web\` has 2 replicas and the one port 8080: the second would fail with "port is already allocated"
        Write "80" to let Docker choose a port for each, or publish only a gateway in front of them."
    `);
  });

  test('dependencies that cannot be', () => {
    expect(
      problemsOf('services:\n  web: { build: web, depends_on: [api] }\n  api: { build: api, depends_on: [web] }\n'),
    ).toMatchInlineSnapshot(`
      "compose.yaml:2:35 services wait for each other: web → api → web
        Remove one depends_on; a service that is called only later needs none."
    `);
    expect(problemOf('    depends_on: [inventroy]\n  inventory: { build: api }\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:18 \`web\` depends on \`inventroy\`, and there is no such service
        Did you mean \`inventory\`?"
    `);
    expect(problemOf('    depends_on: { database: { condition: service_healthy } }\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:19 \`web\` depends on \`database\`, and there is no such service
        Services: web."
    `);
    expect(
      problemOf('    depends_on: { api: { condition: service_healthy } }\n  api: { build: api }\n'),
    ).toMatchInlineSnapshot(`
      "compose.yaml:4:19 \`web\` waits until \`api\` is healthy, but \`api\` has no healthcheck
        Give \`api\` a healthcheck, or write condition: service_started."
    `);
    expect(
      problemOf('    depends_on: { api: { condition: healthy } }\n  api: { build: api }\n'),
    ).toMatchInlineSnapshot(`
      "compose.yaml:4:37 \`services.web.depends_on.api.condition\` must be service_started, service_healthy or service_completed_successfully, found "healthy"
        Write condition: service_started"
    `);
  });

  test('images, contexts, commands', () => {
    expect(problemsOf('services:\n  web: { image: "python:3" }\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:17 \`services.web.image\`: the lab has no image "python:3"; it has node:24-alpine, node:24-slim, node:24, redis:7, postgres:17, rabbitmq:4, haproxy:3, consul:1
        Begin the Dockerfile with FROM node:24-alpine, and name its folder in build:."
    `);
    expect(problemsOf('services:\n  web: { image: "node:24" }\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:17 \`web\` has no command: \`node:24\` alone starts node without a program, which exits at once
        Use build: with a Dockerfile that copies the program."
    `);
    expect(problemsOf('services:\n  web: {}\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:3 \`services.web\` has neither build nor image
        Write build: ./web and put a Dockerfile there."
    `);
    expect(problemsOf('services:\n  web: { build: wbe }\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:17 the build context "wbe" is no folder of the project
        Did you mean ./web?"
    `);
    expect(problemsOf('services:\n  web: { build: ../web }\n')).toMatchInlineSnapshot(`
      "compose.yaml:2:17 the build context "../web" lies outside the project
        Write a folder inside it, as ./web."
    `);
    expect(
      problemsOf('services:\n  web: { build: { context: web, dockerfile: Dockerfile.dev } }\n'),
    ).toMatchInlineSnapshot(`
      "compose.yaml:2:45 \`web\` has no Dockerfile: there is no web/Dockerfile.dev
        Add web/Dockerfile.dev: FROM node:24-alpine, WORKDIR /app, COPY . ., CMD ["node", "src/main.ts"]."
    `);
    expect(problemOf('    command: npm start\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:14 \`web\` cannot start: the command is "npm start", and the lab starts Node directly
        Write ["node", "src/main.ts"]. (Outside the lab it is better too: npm between Docker and Node delays or loses SIGTERM.)"
    `);
    expect(problemOf('    command: node src/mian.ts\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:14 \`web\` cannot start: node would not find /app/src/mian.ts: no such file in the container
        There is /app/src/main.ts; correct the path, WORKDIR or COPY."
    `);
    expect(problemOf('    command: node a.js && node b.js\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:14 \`services.web.command\`: "&&" needs a shell, and the lab has none: node a.js && node b.js
        Start one program directly, as ["node", "src/main.ts"], and do the rest inside it."
    `);
    expect(problemOf('    env_file: wbe.env\n', { 'web.env': '' })).toMatchInlineSnapshot(`
      "compose.yaml:4:15 \`services.web.env_file\`: there is no file "wbe.env"
        Did you mean web.env?"
    `);
  });

  test('health checks that could never pass', () => {
    expect(problemOf('    healthcheck: { test: curl -f http://127.0.0.1/ }\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:26 \`web\`: the health check calls curl, which node:24-alpine does not have; on Docker it would never pass
        Use wget -qO- <url>, which is in the image."
    `);
    expect(problemOf('    healthcheck: { test: ["wget", "http://127.0.0.1/"] }\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:26 \`services.web.healthcheck.test\` must begin with CMD, CMD-SHELL or NONE, found "wget"
        Write ["CMD", "wget", "http://127.0.0.1/"]."
    `);
    expect(problemOf('    healthcheck: { test: ["CMD", "pg_isready"] }\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:26 \`web\`: the lab can probe with wget, curl or node, found "pg_isready"
        Write test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"], or ["CMD", "node", "src/health.ts"]."
    `);
    expect(problemOf('    healthcheck: { interval: 5s }\n')).toMatchInlineSnapshot(`
      "compose.yaml:4:18 \`services.web.healthcheck\` has no test, and neither has the image
        Write test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"]."
    `);
  });

  test('names that are not declared', () => {
    expect(
      problemOf('    networks: [fornt]\n    volumes: ["data:/data"]\nnetworks:\n  front:\n'),
    ).toMatchInlineSnapshot(`
      "compose.yaml:4:16 \`web\` is on the network \`fornt\`, which is not declared
        Did you mean \`front\`?
      compose.yaml:5:15 \`web\` uses the volume \`data\`, which is not declared
        Add it at the top level: volumes: { data: {} }."
    `);
  });

  test('variables', () => {
    expect(problemOf(`    environment: { A: "\${A}", B: "\${B:?needed by web}", C: "\${C" }\n`)).toMatchInlineSnapshot(`
      "compose.yaml:4:23 warning: the variable A is not set; it becomes an empty string
        Set A in a file .env beside compose.yaml, or write \${A:-default}.
      compose.yaml:4:34 the variable B is required: needed by web
        Set B in a file .env beside compose.yaml, or give it a default: \${B:-default}.
      compose.yaml:4:60 "\${" without its closing "}" in "\${C"
        Close it: \${NAME}; write $$ for a dollar sign itself."
    `);
    expect(problemOf(`    environment: { A: "\${A}" }\n`)).toMatchInlineSnapshot(`
      "ok
      compose.yaml:4:23 warning: the variable A is not set; it becomes an empty string
        Set A in a file .env beside compose.yaml, or write \${A:-default}."
    `);
  });

  test('a mistake in a shared fragment is told once', () => {
    expect(
      problemsOf('x-p: &p { restart: sometimes }\nservices:\n  web: { <<: *p, build: web }\n'),
    ).toMatchInlineSnapshot(`
      "compose.yaml:1:20 \`services.web.restart\` must be no, always, on-failure or unless-stopped, found "sometimes"
        Write restart: unless-stopped"
    `);
  });

  test('an alias bomb is stopped', () => {
    const lines = ['x-0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]'];
    for (let i = 1; i < 9; i++)
      lines.push(
        `x-${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    const text = problemsOf(`${lines.join('\n')}\nservices:\n  web: { build: web }\n`);
    expect(text.split('\n')[0]).toMatch(/grows to more than 20000 values/);
  });
});
