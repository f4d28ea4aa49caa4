import { expect, test } from 'vitest';
import { servicesOf } from './structure.ts';

test('replicas, links and the published port are read from the compose file', () => {
  const services = servicesOf({
    files: {
      'compose.yaml': `
services:
  gateway: { build: ., ports: ["8080:8080"], depends_on: { catalog: { condition: service_healthy } } }
  catalog: { build: ., deploy: { replicas: 2 }, depends_on: [db] }
  db: { image: postgres }
`,
    },
  });
  expect(services).toEqual([
    { name: 'gateway', replicas: 1, dependsOn: ['catalog'], isPublished: true },
    { name: 'catalog', replicas: 2, dependsOn: ['db'], isPublished: false },
    { name: 'db', replicas: 1, dependsOn: [], isPublished: false },
  ]);
});
