import { expect, test } from 'vitest';
import { previewTopology } from './preview.ts';
import { entryUrl } from './session.ts';

const compose = `name: shop

x-probe: &probe
  interval: 5s

services:
  gateway:
    build: ./gateway
    ports:
      - "8080:8080"
    depends_on:
      catalog:
        condition: service_healthy
      orders:
        condition: service_started
  catalog: # two of them
    build: ./catalog
    deploy:
      replicas: 2
  orders:
    depends_on:
      - inventory
  inventory:
    depends_on: [redis, postgres]
  redis:
    image: redis:7
  postgres:
    image: postgres:17

volumes:
  data:
`;

test('the structure is known from the compose file before anything runs', () => {
  const { services } = previewTopology({ 'compose.yaml': compose });
  expect(services.map((each) => [each.name, each.replicas, each.isPublished, each.dependsOn])).toEqual([
    ['gateway', 1, true, ['catalog', 'orders']],
    ['catalog', 2, false, []],
    ['orders', 1, false, ['inventory']],
    ['inventory', 1, false, ['redis', 'postgres']],
    ['redis', 1, false, []],
    ['postgres', 1, false, []],
  ]);
});

test('the first request goes to the published port', () => {
  expect(entryUrl({ 'compose.yaml': compose })).toBe('http://gateway:8080/products');
});

test('no compose file, no structure, no error', () => {
  expect(previewTopology({}).services).toEqual([]);
});
