import { testPrograms } from './test-programs.ts';

testPrograms('pino', 'zod', 'ajv', 'prom-client', 'xstate', 'opentelemetry');
