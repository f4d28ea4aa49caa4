/** Problems of the run, shown where they cannot be missed. */
export { ProblemsBar } from './ProblemsBar.tsx';
