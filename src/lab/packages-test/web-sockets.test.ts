import { testPrograms } from './test-programs.ts';

testPrograms('ws', 'web-socket');
