/**
 * The landing page's one button: works the live figure's only switch and lets the lesson's link step forward. Pressed
 * before the system runs, it waits for it.
 */
const hero = document.querySelector<HTMLElement>('.hero')!;
const button = hero.querySelector<HTMLButtonElement>('[data-break]')!;
const figure = hero.querySelector<HTMLElement>('live-figure')!;
const words = { off: button.textContent ?? '', on: button.dataset.restore ?? '' };
let isWanted = false;

function follow(): void {
  const control = figure.querySelector<HTMLButtonElement>('[role="switch"]');
  if (control === null || control.disabled) return;
  if (isWanted) {
    isWanted = false;
    button.removeAttribute('aria-busy');
    control.click();
    return;
  }
  const isBroken = control.getAttribute('aria-checked') === 'true';
  button.textContent = isBroken ? words.on : words.off;
  button.classList.toggle('button-break', !isBroken);
  button.classList.toggle('button-plain', isBroken);
  if (isBroken) hero.dataset.broken = '';
}

button.addEventListener('click', () => {
  isWanted = true;
  button.setAttribute('aria-busy', 'true');
  follow();
});

new MutationObserver(follow).observe(figure, {
  subtree: true,
  childList: true,
  attributes: true,
  attributeFilter: ['aria-checked', 'disabled'],
});
