/** <mermaid-diagram data-code>: loads mermaid when the first diagram comes near; draws again when the theme changes. */

/** Below this a drawing of usual size has letters under 10 px. */
const widthMinPx = 520;

let drawn = 0;

class MermaidDiagram extends HTMLElement {
  private watchers: { disconnect(): void }[] = [];

  connectedCallback(): void {
    const near = new IntersectionObserver(
      ([entry]) => {
        if (!entry?.isIntersecting) return;
        near.disconnect();
        void this.draw();
        const theme = new MutationObserver(() => void this.draw());
        theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
        this.watchers.push(theme);
      },
      { rootMargin: '100% 0px' },
    );
    near.observe(this);
    this.watchers.push(near);
  }

  disconnectedCallback(): void {
    for (const watcher of this.watchers.splice(0)) watcher.disconnect();
  }

  private async draw(): Promise<void> {
    const place = this.querySelector('.drawing')!;
    try {
      const { default: mermaid } = await import('mermaid');
      mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: 'base', look: 'classic', ...look() });
      drawn += 1;
      const { svg } = await mermaid.render(`diagram-${drawn}`, this.dataset.code ?? '');
      place.innerHTML = svg;
      const drawing = place.querySelector('svg')!;
      // The frame around it has the name; the drawing's inner texts would be read as loose words.
      drawing.setAttribute('aria-hidden', 'true');
      // On a phone the drawing is scrolled rather than shrunk until nobody can read it.
      drawing.style.minWidth = `${Math.min(widthMinPx, drawing.viewBox.baseVal.width)}px`;
      const isScrolled = place.scrollWidth > place.clientWidth;
      if (isScrolled) place.setAttribute('tabindex', '0');
      else place.removeAttribute('tabindex');
    } catch (error) {
      console.error(error);
      place.textContent = this.dataset.failed ?? '';
      const words = this.querySelector('details');
      if (words) words.open = true;
    }
  }
}

/** Mermaid's theme from the site's tokens. */
function look(): { themeVariables: Record<string, string>; themeCSS: string; fontFamily: string } {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const ink = token('ink');
  const paper = token('paper-raised');
  return {
    fontFamily: token('font-sans'),
    themeVariables: {
      fontSize: '15px',
      background: paper,
      primaryColor: paper,
      primaryBorderColor: ink,
      primaryTextColor: ink,
      secondaryColor: token('paper-sunk'),
      tertiaryColor: token('paper'),
      lineColor: token('ink-2'),
      textColor: ink,
      edgeLabelBackground: paper,
      clusterBkg: 'transparent',
      clusterBorder: token('rule-strong'),
      noteBkgColor: token('stress-1-fill'),
      noteTextColor: ink,
      noteBorderColor: token('stress-1'),
      actorBkg: paper,
      actorBorder: ink,
      actorTextColor: ink,
      actorLineColor: token('rule-strong'),
      signalColor: ink,
      signalTextColor: ink,
      labelBoxBkgColor: paper,
      labelBoxBorderColor: token('rule-strong'),
      labelTextColor: ink,
      loopTextColor: ink,
      activationBkgColor: token('stress-0-fill'),
      activationBorderColor: token('stress-0'),
      sequenceNumberColor: paper,
    },
    themeCSS: `.node rect, .node polygon, .node circle, .actor { stroke-width: 1.5px; rx: 0; ry: 0; }`,
  };
}

customElements.define('mermaid-diagram', MermaidDiagram);
