/** Tabs by the WAI-ARIA pattern with automatic activation: arrows move, Home and End jump. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { useUid } from './hooks.ts';

export interface Tab<T extends string> {
  readonly id: T;
  readonly label: string;
  /** A short mark behind the label: a count, "●"; read out with it. */
  readonly mark?: string;
  readonly markTone?: 'quiet' | 'ok' | 'bad';
  readonly render: () => ComponentChildren;
  /** Stays in the page once it was shown: an editor is slow to build and forgets where one was. */
  readonly isKept?: boolean;
}

export interface TabsProps<T extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<T>[];
  readonly active: T;
  readonly onSelect: (id: T) => void;
  /** At the right end of the row of tabs. */
  readonly end?: ComponentChildren;
}

export function Tabs<T extends string>({ label, tabs, active, onSelect, end }: TabsProps<T>) {
  const id = useUid();
  const row = useRef<HTMLDivElement>(null);
  const [seen] = useState(() => new Set<T>());
  const shown = tabs.find((tab) => tab.id === active) ?? tabs[0];
  if (shown !== undefined) seen.add(shown.id);
  const move = (event: KeyboardEvent) => {
    const index = tabs.findIndex((tab) => tab.id === shown?.id);
    const next = nextIndex(event.key, index, tabs.length);
    if (next === null) return;
    event.preventDefault();
    onSelect(tabs[next]!.id);
    row.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  return (
    <div class="lb-tabs">
      <div class="lb-tabrow">
        <div ref={row} role="tablist" aria-label={label} class="lb-tablist" onKeyDown={move}>
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              id={`${id}-${tab.id}`}
              aria-selected={tab.id === shown?.id}
              aria-controls={tab.id === shown?.id ? `${id}-${tab.id}-panel` : undefined}
              tabIndex={tab.id === shown?.id ? 0 : -1}
              onClick={() => onSelect(tab.id)}
            >
              {tab.label}
              {tab.mark ? <span class={`lb-mark lb-mark-${tab.markTone ?? 'quiet'}`}>{tab.mark}</span> : null}
            </button>
          ))}
        </div>
        {end}
      </div>
      {tabs.map((tab) =>
        tab.id === shown?.id || (tab.isKept && seen.has(tab.id)) ? (
          <div
            key={tab.id}
            class="lb-tabpanel"
            role="tabpanel"
            id={`${id}-${tab.id}-panel`}
            aria-labelledby={`${id}-${tab.id}`}
            hidden={tab.id !== shown?.id}
          >
            {tab.render()}
          </div>
        ) : null,
      )}
    </div>
  );
}

function nextIndex(key: string, index: number, count: number): number | null {
  if (key === 'ArrowRight') return (index + 1) % count;
  if (key === 'ArrowLeft') return (index + count - 1) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return null;
}
