/** The one place that decides which engine runs a project. Today the lab runs everything. */
import { LabEngine, type LabEngineOptions } from './lab/lab-engine.ts';

let engine: LabEngine | null = null;

/** One engine a page: its loaded scripts and its idle worker are shared by everything on the page. */
export function chooseEngine(options: LabEngineOptions): LabEngine {
  engine ??= new LabEngine(options);
  return engine;
}
