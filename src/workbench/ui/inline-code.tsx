/** Texts of authors are plain but for `code`, as in Markdown. */
import type { ComponentChildren } from 'preact';

export function inlineCode(text: string): ComponentChildren {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}
