/**
 * Two parts with a bar between them that can be dragged or moved by arrow keys (WAI-ARIA "window splitter"). The share
 * of the first part is remembered under `name`.
 */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';

export interface SplitProps {
  readonly name: string;
  readonly label: string;
  readonly direction: 'row' | 'column';
  /** Share of the first part, 0 to 1, when nothing is remembered. */
  readonly initial: number;
  readonly min?: number;
  readonly max?: number;
  readonly children: readonly [ComponentChildren, ComponentChildren];
}

export function Split({ name, label, direction, initial, min = 0.12, max = 0.88, children }: SplitProps) {
  const box = useRef<HTMLDivElement>(null);
  const [share, setShare] = useState(() => remembered(name) ?? initial);
  const set = (value: number) => {
    const next = Math.min(max, Math.max(min, value));
    setShare(next);
    remember(name, next);
  };
  const drag = (event: PointerEvent) => {
    const element = box.current;
    if (element === null || event.button !== 0) return;
    event.preventDefault();
    const bar = event.currentTarget as HTMLElement;
    bar.setPointerCapture(event.pointerId);
    const rect = element.getBoundingClientRect();
    const move = (moved: PointerEvent) =>
      set(direction === 'row' ? (moved.clientX - rect.left) / rect.width : (moved.clientY - rect.top) / rect.height);
    const end = () => {
      bar.removeEventListener('pointermove', move);
      bar.removeEventListener('pointerup', end);
      bar.removeEventListener('pointercancel', end);
    };
    bar.addEventListener('pointermove', move);
    bar.addEventListener('pointerup', end);
    bar.addEventListener('pointercancel', end);
  };
  const key = (event: KeyboardEvent) => {
    const back = direction === 'row' ? 'ArrowLeft' : 'ArrowUp';
    const forth = direction === 'row' ? 'ArrowRight' : 'ArrowDown';
    const step = event.shiftKey ? 0.1 : 0.02;
    if (event.key === back) set(share - step);
    else if (event.key === forth) set(share + step);
    else if (event.key === 'Home') set(min);
    else if (event.key === 'End') set(max);
    else if (event.key === 'Enter') set(initial);
    else return;
    event.preventDefault();
  };
  return (
    <div ref={box} class={`lb-split lb-split-${direction}`}>
      <div class="lb-split-part" style={{ flexGrow: share }}>
        {children[0]}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: <hr> cannot be moved; the pattern is role=separator with a value */}
      <div
        class="lb-split-bar"
        role="separator"
        tabIndex={0}
        aria-label={label}
        aria-orientation={direction === 'row' ? 'vertical' : 'horizontal'}
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={Math.round(min * 100)}
        aria-valuemax={Math.round(max * 100)}
        onPointerDown={drag}
        onDblClick={() => set(initial)}
        onKeyDown={key}
      />
      <div class="lb-split-part" style={{ flexGrow: 1 - share }}>
        {children[1]}
      </div>
    </div>
  );
}

const PREFIX = 'loadbearing:split:';

function remembered(name: string): number | null {
  try {
    const value = Number.parseFloat(localStorage.getItem(PREFIX + name) ?? '');
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}

function remember(name: string, share: number): void {
  try {
    localStorage.setItem(PREFIX + name, share.toFixed(3));
  } catch {
    // Only comfort is lost.
  }
}
