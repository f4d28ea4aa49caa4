/** The exercise's incident and the way through it. */
export { BriefPanel } from './BriefPanel.tsx';
