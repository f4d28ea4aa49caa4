import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boot, projectOf } from './test-machine.ts';

const HEALTH =
  'healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:80/"], interval: 1s, retries: 2, start_interval: 100ms, start_period: 1s }';

describe('start', () => {
  test('a service starts after what it depends on is healthy', () => {
    const project = projectOf(
      `services:
  web: { build: web, depends_on: { api: { condition: service_healthy } } }
  api:
    build: api
    ${HEALTH}
`,
      ['web', 'api'],
    );
    const { machine, outcome } = boot(project, (m) => {
      m.answer = () => ({ status: m.nowMs < 250 ? 0 : 200, error: 'ECONNREFUSED' });
    });
    machine.run(5_000);
    // Probes at 100, 201 (100 after the end of the last, which took 1) and 302; the answer comes at 303.
    expect(machine.states()).toEqual([
      'api-1 created 0',
      'web-1 created 0',
      'api-1 starting 0',
      'api-1 healthy 303',
      'web-1 starting 303',
      'web-1 running 308',
    ]);
    // Without port and health check web counts as up after a second.
    expect(outcome).toEqual(['ready 1303']);
  });

  test('service_started waits for the process only; replicas start together, in order', () => {
    const project = projectOf(
      'services:\n  web: { build: web, depends_on: [api] }\n  api: { build: api, scale: 3 }\n',
      ['web', 'api'],
    );
    const { machine, outcome } = boot(project);
    machine.run(1_100);
    expect(machine.calls.filter((call) => call.includes('spawn'))).toEqual([
      '0 spawn api-1',
      '0 spawn api-2',
      '0 spawn api-3',
      '0 spawn web-1',
    ]);
    expect(outcome).toEqual(['ready 1000']);
  });

  test('a job that must be completed first holds its dependents until it has exited with 0', () => {
    const project = projectOf(
      'services:\n  job: { build: job }\n  web: { build: web, depends_on: { job: { condition: service_completed_successfully } } }\n',
      ['job', 'web'],
    );
    const { machine, outcome } = boot(project, (m) => {
      m.behave = ({ endpoint }) => (endpoint === 'job-1' ? { exit: { atMs: 40, code: 0 } } : {});
    });
    machine.run(2_000);
    expect(machine.firstMs('web-1', 'starting')).toBe(40);
    expect(outcome).toEqual(['ready 1040']);
  });

  test('a process gets the container name as HOSTNAME, the environment and the folder', () => {
    const project = projectOf('services:\n  web: { build: web, environment: { PORT: 80 } }\n', ['web']);
    const { machine } = boot(project);
    machine.run(10);
    const { env, cwd, argv } = machine.spawned[0]!;
    expect(env).toMatchObject({ HOSTNAME: 'web-1', PORT: '80', NODE_VERSION: '24.21.0' });
    expect({ cwd, argv }).toEqual({ cwd: '/app', argv: ['node', 'src/main.ts'] });
  });

  test('for random dependency graphs every service starts after all it depends on, and all get ready', () => {
    // Edges go from later to earlier services of a random permutation, so that there is never a cycle.
    const graphs = fc.integer({ min: 1, max: 9 }).chain((size) =>
      fc.record({
        order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
        edges: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.boolean()), { maxLength: 20 }),
        replicas: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: size, maxLength: size }),
        loadMs: fc.array(fc.integer({ min: 0, max: 700 }), { minLength: size, maxLength: size }),
      }),
    );
    fc.assert(
      fc.property(graphs, ({ order, edges, replicas, loadMs }) => {
        const names = order.map((n) => `s${n}`);
        const dependencies = new Map<string, Map<string, boolean>>(names.map((name) => [name, new Map()]));
        for (const [a, b, isHealthy] of edges) {
          if (a === b) continue;
          dependencies.get(names[Math.max(a, b)]!)!.set(names[Math.min(a, b)]!, isHealthy);
        }
        const services = [...order.keys()].map((n) => `s${n}`);
        const yaml = services
          .map((name, index) => {
            const wants = [...dependencies.get(name)!].map(
              ([other, isHealthy]) => `${other}: { condition: service_${isHealthy ? 'healthy' : 'started'} }`,
            );
            return `  ${name}: { build: ${name}, scale: ${replicas[index]}, depends_on: { ${wants.join(', ')} }, ${HEALTH} }\n`;
          })
          .join('');
        const project = projectOf(`services:\n${yaml}`, services);
        const run = () => {
          const booted = boot(project, (m) => {
            m.answer = (endpoint) => {
              const index = Number(/\d+/.exec(endpoint)![0]);
              return { status: m.nowMs - m.firstMs(endpoint, 'starting') >= loadMs[index]! ? 200 : 503 };
            };
          });
          booted.machine.run(60_000);
          return booted;
        };
        const { machine, outcome } = run();
        expect(outcome[0]).toMatch(/^ready/);
        for (const service of project.services) {
          for (let n = 1; n <= service.replicas; n++) {
            const startedMs = machine.firstMs(`${service.name}-${n}`, 'starting');
            for (const dependency of service.dependsOn) {
              const other = project.services.find((s) => s.name === dependency.service)!;
              for (let m = 1; m <= other.replicas; m++) {
                const state = dependency.condition === 'service_healthy' ? 'healthy' : 'starting';
                expect(startedMs).toBeGreaterThanOrEqual(machine.firstMs(`${other.name}-${m}`, state));
              }
            }
          }
        }
        expect(run().machine.trace.hash).toBe(machine.trace.hash);
      }),
      { numRuns: 60 },
    );
  });
});

describe('health', () => {
  const project = projectOf(
    `services:
  api:
    build: api
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://127.0.0.1:80/"], interval: 10s, timeout: 2s, retries: 3, start_period: 5s, start_interval: 1s }
`,
    ['api'],
  );

  test('failures in the start period do not count; then retries in a row make it unhealthy, one pass healthy again', () => {
    let isGood = false;
    const { machine, outcome } = boot(project, (m) => {
      m.answer = () => ({ status: isGood ? 204 : 500 });
    });
    machine.run(40_000);
    // Start period: probes end at 1001, 2002, 3003, 4004; 5004 begins outside it and counts, as do 15005 and 25006.
    expect(machine.states()).toEqual(['api-1 created 0', 'api-1 starting 0', 'api-1 unhealthy 25007']);
    expect(outcome[0]).toMatchInlineSnapshot(`
      "failed 25007: compose.yaml:2 \`api\` never got healthy: api-1 failed GET http://127.0.0.1:80/ 3 times (last: http://127.0.0.1:80/: 500)
      (it wrote nothing)
        The program listens on no port: does it reach its listen() call? Does the check's address fit what the program answers?"
    `);
    isGood = true;
    machine.run(20_000);
    expect(machine.states().at(-1)).toBe('api-1 healthy 45009');
  });

  test('a paused container answers no probe: each times out, and it shows as unhealthy when it goes on', () => {
    const { machine, supervisor, outcome } = boot(project);
    let isPaused = false;
    machine.answer = () => ({ status: 200, afterMs: isPaused ? Number.POSITIVE_INFINITY : 1 });
    machine.run(2_000);
    expect(outcome).toEqual(['ready 1001']);
    supervisor.pause('api');
    isPaused = true;
    machine.run(60_000);
    const probes = machine.trace.events.filter((event) => event.kind === 'probe');
    expect(probes.slice(0, 3)).toEqual([
      { kind: 'probe', atMs: 1001, endpoint: 'api-1', passed: true, text: 'http://127.0.0.1:80/: 200' },
      { kind: 'probe', atMs: 13001, endpoint: 'api-1', passed: false, text: 'no answer within 2 s' },
      { kind: 'probe', atMs: 25001, endpoint: 'api-1', passed: false, text: 'no answer within 2 s' },
    ]);
    supervisor.unpause('api');
    isPaused = false;
    machine.run(20_000);
    // Each failed probe takes 2 s and the next begins 10 s after: ends at 13001, 25001, … 61001; then 71001 + 1.
    expect(machine.states().slice(2)).toEqual([
      'api-1 healthy 1001',
      'api-1 paused 2000',
      'api-1 unhealthy 62000',
      'api-1 healthy 71002',
    ]);
    expect(machine.calls.filter((call) => call.includes('SIG'))).toEqual(['2000 SIGSTOP api-1', '62000 SIGCONT api-1']);
  });

  test('a node command probes as a process of its own; exit code 0 passes, a late one is killed', () => {
    const byNode = projectOf(
      'services:\n  api: { build: api, healthcheck: { test: ["CMD", "node", "src/main.ts", "--check"], interval: 1s, timeout: 500ms, retries: 1 } }\n',
      ['api'],
    );
    const { machine } = boot(byNode, (m) => {
      m.behave = ({ role }, run) =>
        role === 'main' ? {} : run === 2 ? {} : { exit: { atMs: 20, code: run === 1 ? 0 : 3 } };
    });
    machine.run(3_700);
    expect(
      machine.trace.events.flatMap((event) =>
        event.kind === 'probe' ? `${event.atMs} ${event.passed} ${event.text}` : [],
      ),
    ).toEqual([
      '1020 true node src/main.ts --check: exit code 0',
      '2520 false no answer within 500 ms',
      '3540 false node src/main.ts --check: exit code 3',
    ]);
    expect(machine.calls).toContain('2520 SIGKILL api-1 probe');
  });
});

describe('restart policy', () => {
  test('a crashing container comes back after 100 ms, doubling, and after ten seconds up begins anew', () => {
    const project = projectOf('services:\n  api: { build: api, restart: always }\n', ['api']);
    const { machine } = boot(project, (m) => {
      m.behave = (_spec, run) => ({ exit: { atMs: run === 4 ? 10_000 : 10, code: 1 } });
    });
    machine.run(11_000);
    // Up 10 ms each: 0-10, +100, 110-120, +200, 320-330, +400, 730-10730, then +100 again.
    expect(machine.calls.filter((call) => call.includes('spawn'))).toEqual([
      '0 spawn api-1',
      '110 spawn api-1',
      '320 spawn api-1',
      '730 spawn api-1',
      '10830 spawn api-1',
    ]);
  });

  test('on-failure:2 gives up after two restarts, and leaves an exit with 0 alone', () => {
    const project = projectOf('services:\n  api: { build: api, restart: "on-failure:2" }\n', ['api']);
    const failing = boot(project, (m) => {
      m.behave = () => ({ exit: { atMs: 10, code: 1 } });
    });
    failing.machine.run(60_000);
    expect(failing.machine.spawned).toHaveLength(3);
    const ending = boot(project, (m) => {
      m.behave = () => ({ exit: { atMs: 10, code: 0 } });
    });
    ending.machine.run(60_000);
    expect(ending.machine.spawned).toHaveLength(1);
  });

  test('kill is a crash and the policy answers it; stop is by hand and lasts until start', () => {
    const project = projectOf('services:\n  api: { build: api, restart: unless-stopped }\n', ['api']);
    const { machine, supervisor } = boot(project);
    machine.run(1_000);
    supervisor.kill('api');
    machine.run(1_000);
    expect(machine.states().slice(3)).toEqual(['api-1 exited 1000', 'api-1 starting 1100', 'api-1 running 1105']);
    supervisor.stop('api-1');
    machine.run(60_000);
    expect(machine.states().slice(6)).toEqual(['api-1 exited 2001']);
    supervisor.start('api');
    machine.run(1_000);
    expect(machine.states().at(-1)).toBe('api-1 running 62005');
  });
});

describe('stop', () => {
  test('who ignores SIGTERM is killed after the grace period', () => {
    const project = projectOf('services:\n  api: { build: api, stop_grace_period: 3s }\n', ['api']);
    const { machine, supervisor } = boot(project, (m) => {
      m.behave = () => ({ termMs: Number.POSITIVE_INFINITY });
    });
    machine.run(100);
    supervisor.restart('api');
    supervisor.restart('api');
    machine.run(10_000);
    expect(machine.calls.slice(2)).toEqual(['100 SIGTERM api-1', '3100 SIGKILL api-1', '3100 spawn api-1']);
  });

  test('down stops dependents first and removes every container', () => {
    const project = projectOf(
      'services:\n  web: { build: web, depends_on: [api] }\n  api: { build: api, scale: 2 }\n',
      ['web', 'api'],
    );
    const { machine, supervisor } = boot(project);
    machine.run(100);
    const done: number[] = [];
    supervisor.down(() => done.push(machine.nowMs));
    machine.run(1_000);
    expect(machine.calls.slice(6)).toEqual([
      '100 SIGTERM web-1',
      '101 remove web-1',
      '101 SIGTERM api-1',
      '101 SIGTERM api-2',
      '102 remove api-1',
      '102 remove api-2',
    ]);
    expect(done).toEqual([102]);
  });

  test('the last order counts: restart then stop stays down, stop then start comes back', () => {
    const project = projectOf('services:\n  api: { build: api }\n', ['api']);
    const { machine, supervisor } = boot(project, (m) => {
      m.behave = () => ({ termMs: 100 });
    });
    machine.run(10);
    supervisor.restart('api');
    supervisor.stop('api');
    machine.run(1_000);
    expect(machine.states().at(-1)).toBe('api-1 exited 110');
    supervisor.start('api');
    machine.run(10);
    supervisor.stop('api');
    supervisor.start('api');
    machine.run(1_000);
    expect(machine.states().at(-1)).toBe('api-1 running 1125');
  });
});

describe('change', () => {
  const yaml = `services:\n  api: { build: api, scale: 3, ${HEALTH} }\n  web: { build: web }\n`;
  const project = projectOf(yaml, ['api', 'web']);

  test('edited files: replicas are made anew one after the other, each when the one before is healthy', () => {
    const { machine, supervisor, outcome } = boot(project);
    machine.run(1_000);
    // web has neither port nor health check: a second.
    expect(outcome).toEqual(['ready 1000']);
    const edited = projectOf(yaml, ['api', 'web'], { 'api/src/main.ts': '// edited' });
    machine.calls.length = 0;
    expect(supervisor.update(edited)).toEqual(['api']);
    machine.run(1_000);
    // 1 ms to leave, 100 ms to the first probe, 1 ms for its answer.
    expect(machine.calls).toEqual([
      '1000 SIGTERM api-1',
      '1001 remove api-1',
      '1001 create api-1',
      '1001 spawn api-1',
      '1102 SIGTERM api-2',
      '1103 remove api-2',
      '1103 create api-2',
      '1103 spawn api-2',
      '1204 SIGTERM api-3',
      '1205 remove api-3',
      '1205 create api-3',
      '1205 spawn api-3',
    ]);
  });

  test('edited again on the way: no replica keeps old files', () => {
    const { machine, supervisor } = boot(project);
    machine.run(1_000);
    for (const text of ['a', 'b', 'c']) {
      supervisor.update(projectOf(yaml, ['api', 'web'], { 'api/src/main.ts': text }));
      machine.run(50);
    }
    machine.run(5_000);
    expect(supervisor.replicas.map((c) => c.service.files['/app/src/main.ts']!.text)).toEqual([
      'c',
      'c',
      'c',
      '// web\n',
    ]);
    expect(supervisor.isReady).toBe(true);
  });

  test('a broken edit reaches all replicas, and the next good one mends them', () => {
    const { machine, supervisor } = boot(project);
    machine.run(1_000);
    let isBroken = true;
    machine.behave = () => (isBroken ? { exit: { atMs: 10, code: 1 } } : {});
    supervisor.update(projectOf(yaml, ['api', 'web'], { 'api/src/main.ts': 'broken' }));
    machine.run(5_000);
    expect(supervisor.replicas.slice(0, 3).map((c) => c.state)).toEqual(['exited', 'exited', 'exited']);
    isBroken = false;
    supervisor.update(project);
    machine.run(5_000);
    expect(supervisor.isReady).toBe(true);
  });

  test('the same project, moved in the file, changes nothing', () => {
    const { machine, supervisor } = boot(project);
    machine.run(1_000);
    machine.calls.length = 0;
    expect(supervisor.update(projectOf(`# a comment\n${yaml}`, ['api', 'web']))).toEqual([]);
    machine.run(1_000);
    expect(machine.calls).toEqual([]);
  });

  test('scale adds and removes replicas from the end, also in the middle of a shutdown', () => {
    const { machine, supervisor } = boot(project, (m) => {
      m.behave = () => ({ termMs: 200 });
    });
    machine.run(1_000);
    machine.calls.length = 0;
    supervisor.scale('api', 1);
    machine.run(100);
    supervisor.scale('api', 2);
    machine.run(1_000);
    expect(machine.calls).toEqual([
      '1000 SIGTERM api-2',
      '1000 SIGTERM api-3',
      '1200 remove api-2',
      '1200 create api-2',
      '1200 remove api-3',
      '1200 spawn api-2',
    ]);
    expect(supervisor.endpoints('api')).toEqual(['api-1', 'api-2']);
    expect(() => supervisor.scale('apj', 1)).toThrowErrorMatchingInlineSnapshot(
      `[Error: There is no service "apj". There are api or web.]`,
    );
  });
});

describe('what prevents a boot is told', () => {
  test('a program that crashes, with its last lines', () => {
    const project = projectOf('services:\n  orders: { build: orders, restart: unless-stopped }\n', ['orders']);
    const { machine, outcome } = boot(project, (m) => {
      m.behave = () => ({
        log: 'connecting\nError: no INVENTORY_URL\n',
        exit: { atMs: 10, code: 1, reason: 'uncaught Error: no INVENTORY_URL (orders/src/main.ts:3)' },
      });
    });
    machine.run(60_000);
    expect(outcome).toHaveLength(1);
    expect(outcome[0]).toMatchInlineSnapshot(`
      "failed 3160: orders/Dockerfile:4 \`orders\` does not stay up: orders-1 exited with code 1 (6 times in a row): uncaught Error: no INVENTORY_URL (orders/src/main.ts:3)
      orders-1 | connecting
      orders-1 | Error: no INVENTORY_URL
        Read the log lines above; the first error is the cause."
    `);
  });

  test('a program that ends although it publishes a port', () => {
    const project = projectOf('services:\n  web: { build: web, ports: ["8080:8080"] }\n', ['web']);
    const { machine, outcome } = boot(project, (m) => {
      m.behave = () => ({ exit: { atMs: 10, code: 0 } });
    });
    machine.run(60_000);
    expect(outcome[0]).toMatchInlineSnapshot(`
      "failed 10: web/Dockerfile:4 \`web\` does not stay up: web-1 exited with code 0
      (it wrote nothing)
        A service runs until it is stopped: does it call listen()? A job that is meant to end has no ports and no healthcheck."
    `);
  });

  test('a published port that nothing listens on', () => {
    const project = projectOf('services:\n  web: { build: web, ports: ["8080:8080"] }\n', ['web']);
    const { machine, outcome } = boot(project, (m) => {
      m.behave = () => ({ listen: [{ port: 3000 }], log: 'web listens on 3000\n' });
    });
    machine.run(60_000);
    expect(outcome[0]).toMatchInlineSnapshot(`
      "failed 10000: compose.yaml:2 \`web\` publishes 8080, but after 10 s nothing listens on 8080 in web-1
      web-1 | web listens on 3000
        The program listens on 3000: use that port in compose.yaml, or make the program listen on the other."
    `);
  });

  test('a program that listens on loopback only', () => {
    const project = projectOf('services:\n  web: { build: web, ports: ["8080:8080"] }\n', ['web']);
    const { machine, outcome } = boot(project, (m) => {
      m.behave = () => ({ listen: [{ port: 8080, address: '127.0.0.1' }] });
    });
    machine.run(60_000);
    expect(outcome[0]).toMatchInlineSnapshot(`
      "failed 10000: compose.yaml:2 \`web\` publishes 8080, but its program listens on 127.0.0.1 only, which nobody outside its container reaches
        Listen on all addresses: server.listen(8080), without a host."
    `);
  });

  test('a crash that ends by itself, because its dependency comes up, is no failure', () => {
    const project = projectOf(
      'services:\n  web: { build: web, restart: always, depends_on: [api] }\n  api: { build: api }\n',
      ['web', 'api'],
    );
    const { machine, outcome } = boot(project, (m) => {
      m.behave = ({ endpoint }) =>
        endpoint === 'web-1' && m.nowMs < 1_500
          ? { loadedMs: Number.POSITIVE_INFINITY, exit: { atMs: 10, code: 1 } }
          : {};
    });
    machine.run(60_000);
    // Runs of 10 ms begin at 0, 110, 320, 730 (delays 100, 200, 400, 800) and 1540, which lives for a second.
    expect(outcome).toEqual(['ready 2540']);
  });
});
