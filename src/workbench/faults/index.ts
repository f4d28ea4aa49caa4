/** Faults as a list and a form. */
export { FaultsPanel } from './FaultsPanel.tsx';
