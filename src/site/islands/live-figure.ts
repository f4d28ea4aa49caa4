/**
 * <live-figure data-props>: fetches the running figure when the reader is about to reach it and puts it in the place of
 * the drawing at rest, once it has drawn itself. When that fails the drawing stays and says so.
 */
import type { LiveFigureProps } from '../../workbench/figure/props.ts';

class LiveFigureElement extends HTMLElement {
  private watcher: IntersectionObserver | undefined;

  connectedCallback(): void {
    this.watcher = new IntersectionObserver(
      ([entry]) => {
        if (!entry?.isIntersecting) return;
        this.watcher?.disconnect();
        void this.start();
      },
      // Half a screen ahead, so that it runs when it is reached.
      { rootMargin: '50% 0px' },
    );
    this.watcher.observe(this);
  }

  disconnectedCallback(): void {
    this.watcher?.disconnect();
  }

  private async start(): Promise<void> {
    const rest = this.querySelector<HTMLElement>('.rest')!;
    const place = document.createElement('div');
    place.className = 'running';
    try {
      const [{ LiveFigure }, { h, render }] = await Promise.all([
        import('../../workbench/figure/LiveFigure.tsx'),
        import('preact'),
      ]);
      this.querySelector('.running')?.remove();
      this.append(place);
      render(h(LiveFigure, JSON.parse(this.dataset.props ?? '{}') as LiveFigureProps), place);
      await drawnIn(place);
      rest.remove();
    } catch (error) {
      console.error(error);
      place.remove();
      this.fail(rest);
    }
  }

  private fail(rest: HTMLElement): void {
    const state = rest.querySelector('.state');
    if (!state) return;
    const retry = document.createElement('button');
    retry.type = 'button';
    retry.className = 'button button-plain button-small';
    retry.textContent = this.dataset.retry ?? '';
    retry.addEventListener('click', () => void this.start());
    state.replaceChildren(`${this.dataset.failed} `, retry);
  }
}

/** Resolves when the structure, or the reason why there is none, stands in the figure. */
function drawnIn(place: HTMLElement): Promise<void> {
  const isDrawn = () => place.querySelector('.lb-structure, [role="alert"]') !== null;
  if (isDrawn()) return Promise.resolve();
  return new Promise((resolve) => {
    const watcher = new MutationObserver(() => {
      if (!isDrawn()) return;
      watcher.disconnect();
      resolve();
    });
    watcher.observe(place, { childList: true, subtree: true });
  });
}

customElements.define('live-figure', LiveFigureElement);
