/** The shape and tint of a request from outside, as small as text; the same as its dot on the beams. */
import { identityOf } from '../session/identity.ts';

const paths = {
  circle: 'M5 1.4a3.6 3.6 0 1 1 0 7.2a3.6 3.6 0 1 1 0 -7.2z',
  square: 'M1.7 1.7h6.6v6.6h-6.6z',
  triangle: 'M5 1l4.2 7.6h-8.4z',
  diamond: 'M5 .7l4.3 4.3l-4.3 4.3l-4.3 -4.3z',
} as const;

export function RequestMark({ root }: { readonly root: number }) {
  const { shape, tint } = identityOf(root);
  return (
    <svg class="lb-request-mark" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <path d={paths[shape]} style={{ fill: `var(--wb-id-${tint})` }} />
    </svg>
  );
}
