/** Small questions to the browser, asked the same way everywhere. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The content size of the element, kept up to date; 0 × 0 before it is laid out. */
export function useSize<T extends Element>(): [{ current: T | null }, Size] {
  const ref = useRef<T>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => {
      const { width, height } = element.getBoundingClientRect();
      setSize((old) =>
        Math.abs(old.width - width) < 0.5 && Math.abs(old.height - height) < 0.5 ? old : { width, height },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

/** Whether the reader asked the system for less movement. */
export function useReducedMotion(): boolean {
  return useMedia('(prefers-reduced-motion: reduce)');
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => typeof matchMedia === 'function' && matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const update = () => setMatches(list.matches);
    update();
    list.addEventListener('change', update);
    return () => list.removeEventListener('change', update);
  }, [query]);
  return matches;
}

/** Whether the element is on the screen and the page is shown; what moves stops otherwise. */
export function useOnScreen(ref: { current: Element | null }, margin = '0px'): boolean {
  const [isOn, setIsOn] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    let intersects = false;
    const update = () => setIsOn(intersects && document.visibilityState === 'visible');
    const observer = new IntersectionObserver(
      (entries) => {
        intersects = entries.at(-1)?.isIntersecting ?? false;
        update();
      },
      { rootMargin: margin },
    );
    observer.observe(element);
    document.addEventListener('visibilitychange', update);
    return () => {
      document.removeEventListener('visibilitychange', update);
      observer.disconnect();
    };
  }, [margin]);
  return isOn;
}

/** 'light' or 'dark' as the page shows it: the site's switch sets data-theme on <html>. */
export function useTheme(): 'light' | 'dark' {
  const [theme, setTheme] = useState<'light' | 'dark'>(themeOfPage);
  useEffect(() => {
    const update = () => setTheme(themeOfPage());
    update();
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}

function themeOfPage(): 'light' | 'dark' {
  if (typeof document === 'undefined') return 'light';
  return document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light';
}

let uids = 0;

/** An id of its own on the page; Preact's useId starts anew in every island. */
export function useUid(prefix = 'lb'): string {
  const [uid] = useState(() => `${prefix}-${++uids}`);
  return uid;
}
