import { fileURLToPath } from 'node:url';

/** The repository. */
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
