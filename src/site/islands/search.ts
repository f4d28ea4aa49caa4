/** <site-search>: opens with / or Ctrl+K, asks Pagefind's index, lists what it finds. */

interface Pagefind {
  init(): Promise<void>;
  debouncedSearch(query: string): Promise<{ results: { data(): Promise<Found> }[] } | null>;
}

interface Found {
  readonly url: string;
  readonly excerpt: string;
  readonly meta: { readonly title?: string };
  readonly sub_results?: readonly { readonly url: string; readonly title: string; readonly excerpt: string }[];
}

const resultsShown = 8;

class SiteSearch extends HTMLElement {
  private index: Promise<Pagefind> | undefined;

  connectedCallback(): void {
    this.querySelector('.open')?.addEventListener('click', () => this.show());
    this.dialog.addEventListener('click', (event) => {
      // A click on the backdrop has the dialog itself as its target; a click on a result leaves for its page.
      if (event.target === this.dialog || (event.target as Element).closest('a')) this.dialog.close();
    });
    this.input.addEventListener('input', () => void this.search());
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        this.querySelector<HTMLAnchorElement>('.results a')?.click();
      }
      if (event.key === 'ArrowDown') this.querySelector<HTMLAnchorElement>('.results a')?.focus();
    });
    document.addEventListener('keydown', (event) => {
      const isShortcut = (event.ctrlKey || event.metaKey) && event.key === 'k';
      if (!isShortcut && (event.key !== '/' || isTyping(event.target))) return;
      event.preventDefault();
      this.show();
    });
  }

  private show(): void {
    if (!this.dialog.open) this.dialog.showModal();
    this.input.select();
    this.load().catch(() => this.say(this.words.failed));
  }

  private load(): Promise<Pagefind> {
    this.index ??= (async () => {
      const address = `${this.dataset.base}/pagefind/pagefind.js`;
      const pagefind: Pagefind = await import(/* @vite-ignore */ address);
      await pagefind.init();
      return pagefind;
    })();
    return this.index;
  }

  private async search(): Promise<void> {
    const query = this.input.value.trim();
    if (query === '') return this.list([]);
    try {
      const pagefind = await this.load();
      const found = await pagefind.debouncedSearch(query);
      // Null when a newer search has begun.
      if (found === null) return;
      const shown = await Promise.all(found.results.slice(0, resultsShown).map((result) => result.data()));
      this.list(shown);
      const count = found.results.length;
      if (count === 0) this.say(this.words.none.replace('%', query));
      else this.say(count === 1 ? this.words.one : this.words.found.replace('%', String(count)));
    } catch {
      this.say(this.words.failed);
    }
  }

  private list(found: readonly Found[]): void {
    const items = found.map(({ url, excerpt, meta, sub_results: parts = [] }) => {
      const part = parts.find((each) => each.url !== url);
      const item = document.createElement('li');
      const link = document.createElement('a');
      const title = document.createElement('strong');
      const text = document.createElement('span');
      link.href = part?.url ?? url;
      title.textContent = part ? `${meta.title} › ${part.title}` : (meta.title ?? url);
      // Pagefind escapes the page's text and adds only <mark>.
      text.innerHTML = part?.excerpt ?? excerpt;
      link.append(title, text);
      item.append(link);
      return item;
    });
    this.querySelector('.results')?.replaceChildren(...items);
  }

  private say(text: string): void {
    const status = this.querySelector('.status');
    if (status) status.textContent = text;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector('dialog')!;
  }

  private get input(): HTMLInputElement {
    return this.querySelector('input')!;
  }

  private get words(): { none: string; found: string; one: string; failed: string } {
    return JSON.parse(this.dataset.words ?? '{}');
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

customElements.define('site-search', SiteSearch);
