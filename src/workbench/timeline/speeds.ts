/** Virtual seconds per real second that the control offers. At 0.01× a 20 ms call takes two seconds to watch. */
export const speeds: readonly number[] = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, Number.POSITIVE_INFINITY];

/** The offered speed next to `speed`, in the given direction. */
export function nextSpeed(speed: number, direction: 1 | -1): number {
  if (direction > 0) return speeds.find((each) => each > speed) ?? speeds.at(-1)!;
  return speeds.findLast((each) => each < speed) ?? speeds[0]!;
}
