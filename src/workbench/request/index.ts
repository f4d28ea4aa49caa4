/** The request client. */
export { RequestPanel } from './RequestPanel.tsx';
