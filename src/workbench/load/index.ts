/** The load generator's controls. */
export { LoadPanel } from './LoadPanel.tsx';
