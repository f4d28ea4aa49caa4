/** Marks, in the contents, the section that is being read: the last one whose heading has passed the upper third. */
const links = [...document.querySelectorAll<HTMLAnchorElement>('.contents-list a')];
const sections = links.flatMap((link) => {
  const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  return heading ? [{ link, heading }] : [];
});
let isWaiting = false;

function mark(): void {
  isWaiting = false;
  const line = window.innerHeight / 3;
  const current = sections.findLast(({ heading }) => heading.getBoundingClientRect().top < line);
  for (const { link } of sections) {
    if (link === current?.link) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

function markSoon(): void {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(mark);
}

if (sections.length > 0) {
  addEventListener('scroll', markSoon, { passive: true });
  addEventListener('resize', markSoon);
  mark();
}
