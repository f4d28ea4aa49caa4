/** A request from outside keeps one shape and tint in every panel: the mark on the beam, in the log, in the list. */
export interface Identity {
  readonly shape: 'circle' | 'square' | 'triangle' | 'diamond';
  /** 0 to 5: --wb-id-0 and so on. */
  readonly tint: number;
}

const shapes = ['circle', 'square', 'triangle', 'diamond'] as const;
const TINTS = 6;

/**
 * 24 looks, spread by the golden ratio: ids of neighbouring roots lie a few apart (each root causes requests of its own),
 * and whatever that step is, neighbours look different.
 */
export function identityOf(root: number): Identity {
  const look = Math.floor((Math.imul(root, 0x9e3779b1) >>> 0) / (2 ** 32 / (shapes.length * TINTS)));
  return { shape: shapes[look % shapes.length]!, tint: Math.floor(look / shapes.length) };
}
