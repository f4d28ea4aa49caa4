/** Above a list of keys: how many of them are shown, and which are asked for. */
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useText } from '../i18n/dictionary.ts';
import { formatCount } from '../session/format.ts';
import { storesTexts } from './texts.ts';

export interface KeysHeadProps {
  readonly title: string;
  /** Null while nothing has been read. */
  readonly found: { readonly keys: readonly unknown[]; readonly total: number } | null;
  readonly label: string;
  /** What is typed. */
  readonly wanted: Signal<string>;
  readonly children?: ComponentChildren;
}

export function KeysHead({ title, found, label, wanted, children }: KeysHeadProps) {
  const text = useText(storesTexts);
  return (
    <div class="lb-store-head">
      <h3>{title}</h3>
      {found === null ? null : (
        <span class="lb-count">{text.of(formatCount(found.keys.length), formatCount(found.total))}</span>
      )}
      <label class="lb-store-field">
        <span class="lb-label">{label}</span>
        <input
          type="search"
          value={wanted.value}
          spellcheck={false}
          onInput={(event) => {
            wanted.value = event.currentTarget.value;
          }}
        />
      </label>
      {children}
    </div>
  );
}
