import { testPrograms } from './test-programs.ts';

testPrograms('fastify', 'hono', 'server-sent-events');
