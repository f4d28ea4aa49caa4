/** Charts over virtual time; the drawing itself is plot/. */
export { ChartsPanel } from './ChartsPanel.tsx';
