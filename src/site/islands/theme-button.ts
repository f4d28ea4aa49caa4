/** Paper or blueprint. Without a choice the system's preference holds, also when it changes. */
import { keep, kept } from './storage.ts';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

export function labelThemeButtons(): void {
  for (const button of document.querySelectorAll<HTMLElement>('button.theme')) {
    const label = root.dataset.theme === 'dark' ? button.dataset.toLight : button.dataset.toDark;
    if (label) button.setAttribute('aria-label', label);
  }
}

document.addEventListener('click', (event) => {
  if (!(event.target as Element).closest('button.theme')) return;
  root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
  keep('theme', root.dataset.theme);
  labelThemeButtons();
});

system.addEventListener('change', () => {
  if (kept('theme') !== null) return;
  root.dataset.theme = system.matches ? 'dark' : 'light';
  labelThemeButtons();
});

labelThemeButtons();
