import { expect, test } from 'vitest';
import { membersOf } from './members.ts';

test('services with their replicas, servers by the name of what they run', () => {
  const compose = `x-common: &common { deploy: { replicas: 3 } }
services:
  worker: { <<: *common, build: ./worker }
  db: { image: "postgres:17-alpine" }
  registry: { image: "hashicorp/consul:1" }
`;
  expect(membersOf({ 'compose.yaml': compose })).toEqual([
    { name: 'worker', replicas: 3, server: null },
    { name: 'db', replicas: 1, server: 'postgres' },
    { name: 'registry', replicas: 1, server: 'consul' },
  ]);
});
