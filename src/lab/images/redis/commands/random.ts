/** Drawing members at random, as HRANDFIELD, SRANDMEMBER and ZRANDMEMBER count them. */

/** Of `size` members: `count` different ones, or when it is negative that many with repetitions. */
export function drawIndexes(size: number, count: number, random: () => number): number[] {
  if (size === 0 || count === 0) return [];
  if (count < 0) return Array.from({ length: -count }, () => Math.floor(random() * size));
  const indexes = Array.from({ length: size }, (_, i) => i);
  if (count >= size) return indexes;
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (size - i));
    [indexes[i], indexes[j]] = [indexes[j]!, indexes[i]!];
  }
  return indexes.slice(0, count);
}
