import { testPrograms } from './test-programs.ts';

testPrograms('event-order');
