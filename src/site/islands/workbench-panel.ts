/** Opens the workbench beside the lesson for links with [data-open-workbench], resizes it, closes it. */
import type { Language } from '../i18n/index.ts';
import { keep, kept } from './storage.ts';
import { mountWorkbench } from './workbench-mount.ts';

const root = document.documentElement;
const panel = document.querySelector<HTMLElement>('#workbench')!;
const splitter = panel.querySelector<HTMLElement>('.splitter')!;
const desktop = matchMedia('(min-width: 64rem)');

/** Shares of the window, in per cent. The text keeps enough for a measure of about 45 characters. */
const width = { min: 34, max: 70, standard: 58, key: 'workbench-width' };

let opener: HTMLElement | null = null;
let subject = '';
let unmount: Promise<() => void> | null = null;

document.addEventListener('click', (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-open-workbench]');
  // As with any link, a modifier or the middle button opens the workbench's own page in a new tab.
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  opener = link;
  open(link);
});

panel.querySelector('.close')!.addEventListener('click', close);

for (const button of document.querySelectorAll<HTMLElement>('.switch button'))
  button.addEventListener('click', () => view(button.dataset.view as 'lesson' | 'workbench'));

function open(link: HTMLAnchorElement): void {
  const { sandbox = '', forExercise } = link.dataset;
  panel.hidden = false;
  root.dataset.workbench = 'open';
  setWidth(Number(kept(width.key) ?? width.standard));
  panel.querySelector<HTMLAnchorElement>('.full')!.href = link.href;
  view('workbench');
  // The text column has changed its width: keep what was being read in sight.
  if (desktop.matches) link.scrollIntoView({ block: 'nearest' });
  panel.querySelector('h2')!.focus({ preventScroll: true });
  const next = `${sandbox}/${forExercise ?? ''}`;
  if (subject === next) return;
  subject = next;
  void replace(sandbox, forExercise);
}

async function replace(sandboxId: string, exerciseId: string | undefined): Promise<void> {
  const before = unmount;
  unmount = (async () => {
    (await before)?.();
    return mountWorkbench(panel.querySelector('.body')!, {
      sandboxId,
      exerciseId,
      lang: panel.dataset.lang as Language,
    });
  })();
}

function close(): void {
  panel.hidden = true;
  delete root.dataset.workbench;
  delete root.dataset.workbenchView;
  subject = '';
  const before = unmount;
  unmount = null;
  // A running system would go on taking the processor for nobody.
  void before?.then((take) => take());
  opener?.focus();
}

function view(name: 'lesson' | 'workbench'): void {
  root.dataset.workbenchView = name;
  for (const button of document.querySelectorAll<HTMLElement>('.switch button'))
    button.setAttribute('aria-pressed', String(button.dataset.view === name));
}

function setWidth(share: number): void {
  const next = Math.min(width.max, Math.max(width.min, Number.isFinite(share) ? share : width.standard));
  root.style.setProperty('--workbench-width', `${next}vw`);
  splitter.setAttribute('aria-valuemin', String(width.min));
  splitter.setAttribute('aria-valuemax', String(width.max));
  splitter.setAttribute('aria-valuenow', String(Math.round(next)));
}

function currentWidth(): number {
  return Number(splitter.getAttribute('aria-valuenow') ?? width.standard);
}

splitter.addEventListener('pointerdown', (event) => {
  event.preventDefault();
  splitter.setPointerCapture(event.pointerId);
  root.toggleAttribute('data-resizing', true);
});

splitter.addEventListener('pointermove', (event) => {
  if (splitter.hasPointerCapture(event.pointerId)) setWidth(100 - (event.clientX / window.innerWidth) * 100);
});

splitter.addEventListener('lostpointercapture', () => {
  root.toggleAttribute('data-resizing', false);
  keep(width.key, String(currentWidth()));
});

splitter.addEventListener('keydown', (event) => {
  const steps: Record<string, number> = { ArrowLeft: 2, ArrowRight: -2, Home: 100, End: -100 };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  setWidth(currentWidth() + step);
  keep(width.key, String(currentWidth()));
});
