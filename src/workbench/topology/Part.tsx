/** A part of the structure that can be chosen by click, Enter or space, and opens its menu. */
import type { ComponentChildren } from 'preact';

export interface PartProps {
  readonly class: string;
  readonly transform?: string;
  /** All that the drawing says of it, in words. */
  readonly label: string;
  readonly isOpen: boolean;
  readonly onOpen: (element: Element) => void;
  /** Shapes only: texts stand beside the part, or its name would have to repeat them word by word. */
  readonly children: ComponentChildren;
}

export function Part({ class: name, transform, label, isOpen, onOpen, children }: PartProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a <button>
    <g
      class={name}
      transform={transform}
      role="button"
      tabindex={0}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={isOpen}
      onClick={(event) => onOpen(event.currentTarget)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onOpen(event.currentTarget);
      }}
    >
      {children}
    </g>
  );
}
