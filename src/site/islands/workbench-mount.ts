/** Loads the workbench into an element that has a `.mount` and a `.waiting`, and says what it waits for meanwhile. */
import type { Language } from '../i18n/index.ts';

export interface Subject {
  readonly sandboxId: string;
  readonly exerciseId: string | undefined;
  readonly lang: Language;
}

/** After this long the waiting text explains itself. */
const slowMs = 4000;

/** Resolves to what takes the workbench away again. */
export async function mountWorkbench(body: HTMLElement, subject: Subject): Promise<() => void> {
  const waiting = body.querySelector<HTMLElement>('.waiting')!;
  const state = waiting.querySelector<HTMLElement>('.state')!;
  const place = body.querySelector<HTMLElement>('.mount')!;
  waiting.hidden = false;
  state.textContent = state.dataset.loading ?? '';
  const slow = setTimeout(() => {
    state.textContent = state.dataset.slow ?? '';
  }, slowMs);
  try {
    const { mount } = await import('../../workbench/index.ts');
    const unmount = await mount(place, subject);
    waiting.hidden = true;
    return () => {
      unmount();
      place.replaceChildren();
    };
  } catch (error) {
    console.error(error);
    return await failed(state, body, subject);
  } finally {
    clearTimeout(slow);
  }
}

function failed(state: HTMLElement, body: HTMLElement, subject: Subject): Promise<() => void> {
  return new Promise((resolve) => {
    const retry = document.createElement('button');
    retry.type = 'button';
    retry.className = 'button button-plain button-small';
    retry.textContent = state.dataset.retry ?? '';
    retry.addEventListener('click', () => resolve(mountWorkbench(body, subject)));
    state.replaceChildren(`${state.dataset.failed} ${state.dataset.hint} `, retry);
  });
}
