/** Keeping: KeepPanel.tsx gives away and takes in, NoticesBar.tsx asks what has to be decided before work goes on. */
export { KeepPanel } from './KeepPanel.tsx';
export { NoticesBar } from './NoticesBar.tsx';
