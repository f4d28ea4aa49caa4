/**
 * Small things a page remembers, in localStorage under `loadbearing:`. Where storage is blocked (private windows,
 * policy, quota) they live until the tab is closed, and nothing breaks.
 */
const memory = new Map<string, string>();
let isBlocked = false;

/** True once the browser has refused; for saying so. */
export function storageIsBlocked(): boolean {
  return isBlocked;
}

export function kept(key: string): string | null {
  try {
    return localStorage.getItem(`loadbearing:${key}`) ?? memory.get(key) ?? null;
  } catch {
    isBlocked = true;
    return memory.get(key) ?? null;
  }
}

export function keep(key: string, value: string): void {
  memory.set(key, value);
  try {
    localStorage.setItem(`loadbearing:${key}`, value);
  } catch {
    isBlocked = true;
  }
}

/** What was kept as JSON; undefined when nothing was, or when it no longer reads as JSON. */
export function keptJson(key: string): unknown {
  const text = kept(key);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
