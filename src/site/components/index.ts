/**
 * What lessons are written with: `import { Story, Figure } from '@components'`. How to use each one stands in its file.
 * Astro renders them; only Quiz and Prediction bring script of their own to the page (islands/), and only when seen.
 */
export { default as Diagram } from './Diagram.astro';
export { default as Drill } from './Drill.astro';
export { default as Experiment } from './Experiment.astro';
export { default as Figure } from './Figure.astro';
export { default as Formula } from './Formula.astro';
export { default as LiveFigure } from './LiveFigure.astro';
export { default as Objective } from './Objective.astro';
export { default as OpenWorkbench } from './OpenWorkbench.astro';
export { default as Predict } from './Predict.astro';
export { default as Quiz } from './Quiz.astro';
export { default as Sources } from './Sources.astro';
export { default as Story } from './Story.astro';
export { default as Term } from './Term.astro';
