/**
 * The interactive workbench: see a distributed system, break it, repair it, be graded.
 *
 * - Workbench.tsx  arranges the panels: topology/ (the hero), timeline/, editor/, logs/, request/, charts/, faults/,
 *                  load/, checks/, brief/, events/, problems/, terminal/, stores/, inspector/
 * - session/       all state; panels import it and never each other
 * - ui/, plot/     what panels are made of
 * - engine/        what runs the system, where a site offers more than the lab
 * - figure/        LiveFigure: the structure under load as a small figure for lessons, without the editor
 * - data/          reads sandboxes and exercises from the site's `_lab/` folder
 * - i18n/          the dictionary mechanism; each panel's words lie beside it in texts.ts
 *
 * Not here: how a system runs (engines/), and the pages around it (site/). Start with session/run.ts.
 */
import { h, render } from 'preact';
import { chooseEngine, openContainerEngine } from '../engines/choose.ts';
import type { Verdict } from '../engines/engine.ts';
import { loadSubject, loadTypes } from './data/subject.ts';
import { type Language, LanguageContext } from './i18n/dictionary.ts';
import { RunContext, SessionContext } from './session/context.ts';
import type { EngineChoice } from './session/engine-choice.ts';
import { WorkbenchSession } from './session/session.ts';
import { Storage } from './session/storage.ts';
import { Workbench } from './Workbench.tsx';
import './ui/theme.css';
import './ui/ui.css';
import './plot/plot.css';
import './workbench.css';

export interface MountOptions {
  readonly sandboxId?: string;
  /** An exercise's slug, as `d14-breaker`; it names its sandbox. */
  readonly exerciseId?: string;
  readonly lang: Language;
  /** The site's base path; the one it was built for when absent. */
  readonly base?: string;
  /** Told after each completed grading; `loadbearing:verdict` is dispatched on the element as well. */
  readonly onVerdict?: (verdict: Verdict) => void;
}

/** Takes the workbench away again; may be called as a function or as `.unmount()`. */
export type Unmount = (() => void) & { readonly unmount: () => void };

/**
 * Puts a workbench into `element` and resolves when it can be used. The element decides the height; its content is
 * replaced. Rejects with a sentence for the reader when the sandbox or exercise cannot be loaded.
 */
export async function mount(element: HTMLElement, options: MountOptions): Promise<Unmount> {
  const base = options.base ?? import.meta.env.BASE_URL;
  const subject = await loadSubject({ ...options, base });
  const storage = new Storage();
  const lab = async () => chooseEngine({ base });
  const session = new WorkbenchSession(subject, lab, storage, await openChoice(storage, base));
  session.onVerdict = (verdict) => {
    options.onVerdict?.(verdict);
    element.dispatchEvent(
      new CustomEvent('loadbearing:verdict', {
        bubbles: true,
        detail: { exercise: subject.exercise?.slug, id: subject.exercise?.id, passed: verdict.passed, verdict },
      }),
    );
  };
  await session.restore();
  const openLink = () => session.keeping.openFragment(location.hash);
  openLink();
  addEventListener('hashchange', openLink);

  const save = () => session.files.leave();
  addEventListener('pagehide', save);
  document.addEventListener('visibilitychange', save);
  const tree = h(Workbench, { loadTypes: () => loadTypes(subject.sandboxId, base) });
  const withRun = h(RunContext.Provider, { value: session.run, children: tree });
  const withSession = h(SessionContext.Provider, { value: session, children: withRun });
  render(h(LanguageContext.Provider, { value: options.lang, children: withSession }), element);

  const unmount = () => {
    render(null, element);
    document.removeEventListener('visibilitychange', save);
    removeEventListener('pagehide', save);
    removeEventListener('hashchange', openLink);
    session.dispose();
  };
  return Object.assign(() => unmount(), { unmount });
}

/** Null where the site offers the lab alone. */
async function openChoice(storage: Storage, base: string): Promise<EngineChoice | null> {
  if (!import.meta.env.WEBCONTAINERS) return null;
  const { EngineChoice: Choice } = await import('./session/engine-choice.ts');
  const choice = new Choice({
    storage,
    lab: async () => chooseEngine({ base }),
    container: (onLost) => openContainerEngine({ base, onLost }),
  });
  await choice.restore();
  return choice;
}
