/** Controlling a run: RunBar.tsx (buttons, speed, clock) and TimeStrip.tsx (its time axis with bookmarks). */
export { RunBar } from './RunBar.tsx';
export { TimeStrip } from './TimeStrip.tsx';
