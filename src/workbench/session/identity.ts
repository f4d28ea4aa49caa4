/** A request from outside keeps one shape and tint in every panel: the mark on the beam, in the log, in the list. */
export interface Identity {
  readonly shape: 'circle' | 'square' | 'triangle' | 'diamond';
  /** 0 to 5: --wb-id-0 and so on. */
  readonly tint: number;
}

const shapes = ['circle', 'square', 'triangle', 'diamond'] as const;
const TINTS = 6;

/** 4 shapes × 6 tints: neighbours always differ in shape, and the same look comes back after 24 requests only. */
export function identityOf(root: number): Identity {
  return { shape: shapes[root % shapes.length]!, tint: Math.floor(root / shapes.length) % TINTS };
}
