/** One thing of a server looked at: what it is, and a way to put it away. */
import type { ComponentChildren } from 'preact';
import { Icon } from '../ui/Icon.tsx';

export interface DetailProps {
  readonly label: string;
  readonly head: ComponentChildren;
  readonly closeLabel: string;
  readonly onClose: () => void;
  /** It comes later and is read out then. */
  readonly isLive?: boolean;
  readonly children: ComponentChildren;
}

export function Detail({ label, head, closeLabel, onClose, isLive, children }: DetailProps) {
  return (
    <section class="lb-store-detail" aria-label={label} aria-live={isLive ? 'polite' : undefined}>
      <header>
        {head}
        <button type="button" class="lb-icon-button" aria-label={closeLabel} onClick={onClose}>
          <Icon name="close" size={14} />
        </button>
      </header>
      {children}
    </section>
  );
}
