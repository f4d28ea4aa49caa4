/** Grading: ChecksPanel.tsx, with CheckView.tsx for each check's evidence and Hints.tsx. */
export { ChecksPanel } from './ChecksPanel.tsx';
