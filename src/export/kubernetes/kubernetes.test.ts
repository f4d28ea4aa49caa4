import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, PersistentVolumeClaim, Secret, Service } from 'kubernetes-models/v1';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readTextFiles } from '../../catalog/folder.ts';
import { toKubernetes } from '../index.ts';
import type { KubernetesObject } from './objects.ts';

const sandboxes = join(import.meta.dirname, '../../../sandboxes');

interface Model {
  validate(): void;
}
/** Kubernetes' own OpenAPI schemas, as the package ships them. */
const models: Readonly<Record<string, new (data: never) => Model>> = {
  Deployment,
  StatefulSet,
  Job,
  PodDisruptionBudget,
  ConfigMap,
  Namespace,
  PersistentVolumeClaim,
  Secret,
  Service,
};

function validate(object: KubernetesObject): void {
  const Model = models[object.kind];
  if (Model === undefined) throw new Error(`The test knows no schema of ${object.kind}: add its model.`);
  new Model(object as never).validate();
}

function exportOf(files: Record<string, string>) {
  const result = toKubernetes(files);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result;
}

const find = (objects: readonly KubernetesObject[], kind: string, name: string) =>
  objects.find((each) => each.kind === kind && each.metadata.name === name) as any;

describe.each(readdirSync(sandboxes))('sandbox %s', (id) => {
  const { files, objects } = exportOf(readTextFiles(join(sandboxes, id)));

  test('every manifest fits Kubernetes’ schema', () => {
    for (const object of objects)
      expect(() => validate(object), `${object.kind} ${object.metadata.name}`).not.toThrow();
  });

  test('what is written is what was checked, and kustomization.yaml lists all of it', () => {
    const { resources } = parse(files['kustomization.yaml']!);
    const manifests = Object.keys(files).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
    expect([...resources].sort()).toEqual(manifests.sort());
    const written = resources.flatMap((name: string) => parseAllDocuments(files[name]!).map((each) => each.toJS()));
    expect(written).toEqual(JSON.parse(JSON.stringify(objects)));
  });
});

test('the schema refuses a manifest that is wrong', () => {
  const { objects } = exportOf(readTextFiles(join(sandboxes, 'shop')));
  const deployment = structuredClone(find(objects, 'Deployment', 'gateway'));
  deployment.spec.replicas = 'two';
  expect(() => validate(deployment)).toThrow(/replicas/);
  const service = structuredClone(find(objects, 'Service', 'gateway'));
  delete service.spec.ports[0].port;
  expect(() => validate(service)).toThrow(/port/);
});

const dockerfile =
  'FROM node:24-alpine\nWORKDIR /app\nCOPY main.ts ./\nENV NODE_ENV=production\nUSER node\nCMD ["node", "main.ts"]\n';
const compose = `name: demo
services:
  api:
    build: ./api
    command: ["node", "main.ts", "--verbose"]
    environment:
      PORT: 8080
      DATABASE_URL: postgres://demo:hunter2@db:5432/demo
      API_TOKEN: abc
    ports: ["8080"]
    deploy:
      replicas: 3
      resources: { limits: { cpus: "0.5", memory: 256M } }
    depends_on:
      migrate: { condition: service_completed_successfully }
    healthcheck:
      test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/healthz"]
      interval: 10s
      timeout: 1500ms
      retries: 2
      start_period: 30s
      start_interval: 500ms
    stop_grace_period: 20s
  migrate:
    build: ./api
    restart: "no"
  db:
    image: postgres:17-alpine
    environment: { POSTGRES_PASSWORD: hunter2 }
    volumes: ["data:/var/lib/postgresql/data", "./db/init.sql:/docker-entrypoint-initdb.d/init.sql:ro"]
    healthcheck: { test: ["CMD", "pg_isready"] }
volumes: { data: {} }
`;
const demo = {
  'compose.yaml': compose,
  'api/Dockerfile': dockerfile,
  'api/main.ts': '',
  'db/init.sql': 'CREATE TABLE t ();',
};

test('a service with replicas: spread over nodes, drained before it ends, one at a time when nodes are emptied', () => {
  const { objects } = exportOf(demo);
  for (const object of objects) validate(object);
  const { spec } = find(objects, 'Deployment', 'api');
  const pod = spec.template.spec;
  expect(spec.replicas).toBe(3);
  expect(pod.topologySpreadConstraints[0].topologyKey).toBe('kubernetes.io/hostname');
  // 5 s in which the endpoint's removal spreads, then Compose's 20.
  expect(pod.containers[0].lifecycle.preStop.sleep.seconds + 20).toBe(pod.terminationGracePeriodSeconds);
  expect(find(objects, 'PodDisruptionBudget', 'api').spec.maxUnavailable).toBe(1);
  expect(find(objects, 'PodDisruptionBudget', 'db')).toBeUndefined();
});

test('the health check’s times: whole seconds, never shorter; the start may take as long as Compose allows', () => {
  const [container] = find(exportOf(demo).objects, 'Deployment', 'api').spec.template.spec.containers;
  const { startupProbe, readinessProbe } = container;
  expect(readinessProbe).toEqual({
    httpGet: { path: '/healthz', port: 8080 },
    periodSeconds: 10,
    timeoutSeconds: 2,
    failureThreshold: 2,
  });
  // 30 s start_period + 2 × 10 s of misses.
  expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(50);
  // Compose restarts nothing that is unhealthy.
  expect(container.livenessProbe).toBeUndefined();
});

test('only what the compose file says becomes environment; passwords, also inside addresses, become a Secret', () => {
  const { objects } = exportOf(demo);
  expect(find(objects, 'ConfigMap', 'api-env').data).toEqual({ PORT: '8080' });
  expect(find(objects, 'Secret', 'api-secret').stringData).toEqual({
    DATABASE_URL: 'postgres://demo:hunter2@db:5432/demo',
    API_TOKEN: 'abc',
  });
  expect(find(objects, 'ConfigMap', 'db-env')).toBeUndefined();
  expect(find(objects, 'Deployment', 'api').spec.template.spec.containers[0].args).toEqual([
    'node',
    'main.ts',
    '--verbose',
  ]);
  expect(find(objects, 'StatefulSet', 'db').spec.template.spec.containers[0].args).toBeUndefined();
});

test('a database keeps its disk, its files come from a ConfigMap, and its name leads to its pod', () => {
  const { objects } = exportOf(demo);
  const { spec } = find(objects, 'StatefulSet', 'db');
  expect(spec.volumeClaimTemplates[0].metadata.name).toBe('data');
  expect(spec.template.spec.containers[0].volumeMounts).toEqual([
    { name: 'data', mountPath: '/var/lib/postgresql/data', subPath: 'data' },
    {
      name: 'files',
      mountPath: '/docker-entrypoint-initdb.d/init.sql',
      subPath: 'docker-entrypoint-initdb.d_init.sql',
      readOnly: true,
    },
  ]);
  expect(find(objects, 'Service', 'db').spec.clusterIP).toBe('None');
});

test('what others wait for until it has ended is a Job; limits are limits; the program runs without rights', () => {
  const { objects, files } = exportOf(demo);
  expect(find(objects, 'Job', 'migrate').spec.template.spec.restartPolicy).toBe('OnFailure');
  expect(find(objects, 'Service', 'migrate')).toBeUndefined();
  const [container] = find(objects, 'Deployment', 'api').spec.template.spec.containers;
  expect(container.resources.limits).toEqual({ cpu: '500m', memory: String(256 * 1024 * 1024) });
  expect(container.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    allowPrivilegeEscalation: false,
  });
  expect(files['README.md']).toContain('kubectl -n demo port-forward service/api 8080:8080');
  expect(files['README.md']).toContain('migrate became a Job');
});

test('names that Kubernetes does not take are told with their line', () => {
  const result = toKubernetes({ ...demo, 'compose.yaml': compose.replaceAll('migrate', 'db_migrate') });
  expect(result).toMatchObject({
    ok: false,
    problems: [{ file: 'compose.yaml', line: 24, message: expect.stringContaining('found db_migrate') }],
  });
});
