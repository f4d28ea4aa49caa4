/**
 * A menu of groups that opens at a point (WAI-ARIA menu): arrows move through all items, typing a letter jumps, Escape
 * closes and gives the focus back to what opened it.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useUid } from './hooks.ts';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  /** For screen readers when the label is only a value: "latency 500 ms". */
  readonly fullLabel?: string;
  readonly tone?: 'break' | 'heal';
  /** For a choice that stays: true or false; absent for an action. */
  readonly checked?: boolean;
  readonly isDisabled?: boolean;
  readonly onSelect: () => void;
  /** The menu stays open: a choice that changes what the next item means. */
  readonly keepsOpen?: boolean;
}

export interface MenuGroup {
  readonly label: string;
  /** What its items do, in a sentence. */
  readonly hint?: string;
  readonly items: readonly MenuItem[];
}

export interface MenuProps {
  readonly label: string;
  /** Figures of what the menu is about; not part of the menu for the keyboard. */
  readonly head?: ComponentChildren;
  readonly groups: readonly MenuGroup[];
  /** In px of the window. */
  readonly x: number;
  readonly y: number;
  readonly onClose: () => void;
}

export function Menu({ label, head, groups, x, y, onClose }: MenuProps) {
  const id = useUid();
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: x, top: y });
  const opener = useRef<Element | null>(typeof document === 'undefined' ? null : document.activeElement);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    // In the top layer nothing clips it.
    if (!element.matches(':popover-open')) element.showPopover();
    setPlace({
      left: Math.max(4, Math.min(x, innerWidth - element.offsetWidth - 4)),
      top: Math.max(4, Math.min(y, innerHeight - element.offsetHeight - 4)),
    });
    // More groups, as behind "all", make it taller.
  }, [x, y, groups.length]);

  useEffect(() => {
    items(box.current)[0]?.focus({ preventScroll: true });
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) onClose();
    };
    // Only what carries the opener away; logs and the editor scroll all the time.
    const moved = (event: Event) => {
      if ((event.target as Node).contains(opener.current)) onClose();
    };
    document.addEventListener('pointerdown', outside, true);
    document.addEventListener('scroll', moved, true);
    addEventListener('resize', onClose);
    return () => {
      removeEventListener('resize', onClose);
      document.removeEventListener('scroll', moved, true);
      document.removeEventListener('pointerdown', outside, true);
    };
  }, []);

  const close = () => {
    onClose();
    const element = opener.current;
    if (element instanceof HTMLElement || element instanceof SVGElement) element.focus({ preventScroll: true });
  };
  const key = (event: KeyboardEvent) => {
    const all = items(box.current);
    const index = all.indexOf(document.activeElement as HTMLElement);
    let next: HTMLElement | undefined;
    if (event.key === 'ArrowDown' || event.key === 'ArrowRight') next = all[(index + 1) % all.length];
    else if (event.key === 'ArrowUp' || event.key === 'ArrowLeft') next = all[(index + all.length - 1) % all.length];
    else if (event.key === 'Home') next = all[0];
    else if (event.key === 'End') next = all.at(-1);
    else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      close();
      return;
    } else if (event.key.length === 1 && event.key !== ' ') {
      const letter = event.key.toLowerCase();
      const from = all.slice(index + 1).concat(all.slice(0, index + 1));
      next = from.find((each) =>
        (each.getAttribute('aria-label') ?? each.textContent ?? '').trim().toLowerCase().startsWith(letter),
      );
    } else return;
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };

  return (
    <div ref={box} class="lb-menu" popover="manual" style={place}>
      {head === undefined ? null : <div class="lb-menu-head">{head}</div>}
      <div role="menu" aria-label={label} onKeyDown={key}>
        {groups.map((group, index) => (
          // biome-ignore lint/a11y/useSemanticElements: a <fieldset> is no group of a menu
          <div key={group.label} class="lb-menu-group" role="group" aria-labelledby={`${id}-${index}`}>
            <div class="lb-menu-label" id={`${id}-${index}`} role="presentation" title={group.hint}>
              {group.label}
            </div>
            <div class="lb-menu-items" role="presentation">
              {group.items.map((item) => (
                <button
                  key={item.id}
                  type="button"
                  {...roleOf(item)}
                  aria-label={item.fullLabel}
                  aria-disabled={item.isDisabled || undefined}
                  tabIndex={-1}
                  class={`lb-menu-item${item.tone ? ` lb-tone-${item.tone}` : ''}`}
                  onClick={() => {
                    if (item.isDisabled) return;
                    item.onSelect();
                    if (!item.keepsOpen) close();
                  }}
                >
                  {item.label}
                </button>
              ))}
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}

function roleOf({ checked }: MenuItem) {
  return checked === undefined
    ? ({ role: 'menuitem' } as const)
    : ({ role: 'menuitemradio', 'aria-checked': checked } as const);
}

function items(box: HTMLElement | null): HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
}
