import { testPrograms } from './test-programs.ts';

testPrograms('undici', 'got', 'axios');
