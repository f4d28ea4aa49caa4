/** A learner's edits and a newer starter in one text: what only one side changed is taken from it. */
import { diff3Merge } from 'node-diff3';

export interface Merged {
  readonly text: string;
  /** Both changed the same lines: both are there, between marks as Git sets them. */
  readonly hasConflicts: boolean;
}

export function mergeEdits(base: string, mine: string, starter: string): Merged {
  const regions = diff3Merge(mine, base, starter, { stringSeparator: '\n', excludeFalseConflicts: true });
  const lines: string[] = [];
  let hasConflicts = false;
  for (const region of regions) {
    if (region.ok !== undefined) lines.push(...region.ok);
    else if (region.conflict !== undefined) {
      hasConflicts = true;
      lines.push('<<<<<<< yours', ...region.conflict.a, '=======', ...region.conflict.b, '>>>>>>> starter');
    }
  }
  return { text: lines.join('\n'), hasConflicts };
}
