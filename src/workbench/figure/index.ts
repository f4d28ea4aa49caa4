/**
 * A live figure: LiveFigure.tsx draws, control.ts and readouts.ts do what props.ts says. Shares the structure and the
 * charts with the workbench and leaves the editor out.
 */
export { LiveFigure } from './LiveFigure.tsx';
export type * from './props.ts';
