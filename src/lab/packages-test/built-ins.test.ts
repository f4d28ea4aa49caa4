import { testPrograms } from './test-programs.ts';

testPrograms('fetch', 'content-encodings', 'messaging', 'create-require', 'lines-and-pairs', 'files');
