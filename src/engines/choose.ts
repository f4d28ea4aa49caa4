/** The one place that decides which engine runs a project: the lab, or a WebContainer where the learner chose it. */
import { LabEngine, type LabEngineOptions } from './lab/lab-engine.ts';
import type { PageOptions } from './webcontainer/page.ts';
import type { WebContainerEngine } from './webcontainer/webcontainer-engine.ts';

let engine: LabEngine | null = null;

/** One engine a page: its loaded scripts and its idle worker are shared by everything on the page. */
export function chooseEngine(options: LabEngineOptions): LabEngine {
  engine ??= new LabEngine(options);
  return engine;
}

/**
 * Only on sites that were built with it: what is behind the constant (catalog/integration.ts) is not even built elsewhere,
 * so whoever calls this stands behind it, too.
 */
export async function openContainerEngine(options: PageOptions): Promise<WebContainerEngine> {
  if (!import.meta.env.WEBCONTAINERS) throw new Error('This site was built without WebContainers.');
  const { openWebContainerEngine } = await import('./webcontainer/page.ts');
  return openWebContainerEngine(options);
}
