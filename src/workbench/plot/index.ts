/** Time axes: Plot.tsx draws, scale.ts computes, lines.ts turns a series into lines. */
export * from './lines.ts';
export * from './Plot.tsx';
export * from './scale.ts';
export * from './windows.ts';
