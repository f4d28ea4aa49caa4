import { testPrograms } from './test-programs.ts';

testPrograms('opossum', 'cockatiel', 'p-retry', 'p-limit', 'lru-cache', 'rate-limiter-flexible');
