/** Logs: LogsPanel.tsx shows them, filter.ts says which. */
export { LogsPanel } from './LogsPanel.tsx';
