/** LCS: the longest common subsequence of two strings. */
import { int, option } from '../args.ts';
import type { Handler } from '../command.ts';
import { fail, MapReply, type Reply, SYNTAX } from '../reply.ts';

export const lcs: Handler = (call, args) => {
  const values = [call.readAny(args[1]!), call.readAny(args[2]!)];
  if (values.some((value) => value && value.kind !== 'string'))
    throw fail('The specified keys must contain string values');
  const [a, b] = values.map((value) => (value?.kind === 'string' ? value.text : '')) as [string, string];
  let wantsIndexes = false;
  let wantsLength = false;
  let withMatchLength = false;
  let shortest = 0;
  for (let i = 3; i < args.length; i++) {
    const word = option(args[i]);
    if (word === 'idx') wantsIndexes = true;
    else if (word === 'len') wantsLength = true;
    else if (word === 'withmatchlen') withMatchLength = true;
    else if (word === 'minmatchlen' && i + 1 < args.length) shortest = Math.max(0, int(args[++i]));
    else throw SYNTAX;
  }
  if (wantsIndexes && wantsLength) throw fail('If you want both the length and indexes, please just use IDX.');
  call.visit(a.length * b.length);
  const lengths = table(a, b);
  const width = b.length + 1;
  const total = lengths[a.length * width + b.length]!;
  if (wantsLength) return total;
  let common = '';
  const matches: Reply[] = [];
  // From the ends back: runs of equal bytes are the matches.
  let run: Run | null = null;
  const close = (ended: Run | null, i: number, j: number): null => {
    if (ended && ended.length >= shortest)
      matches.push([[i, ended.aTo], [j, ended.bTo], ...(withMatchLength ? [ended.length] : [])]);
    return null;
  };
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      common = a[i - 1] + common;
      run ??= { aTo: i - 1, bTo: j - 1, length: 0 };
      run.length++;
      i--;
      j--;
    } else {
      run = close(run, i, j);
      if (lengths[(i - 1) * width + j]! > lengths[i * width + j - 1]!) i--;
      else j--;
    }
  }
  close(run, i, j);
  return wantsIndexes ? new MapReply(['matches', matches, 'len', total]) : common;
};

interface Run {
  readonly aTo: number;
  readonly bTo: number;
  length: number;
}

function table(a: string, b: string): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      lengths[i * width + j] =
        a[i - 1] === b[j - 1]
          ? lengths[(i - 1) * width + j - 1]! + 1
          : Math.max(lengths[(i - 1) * width + j]!, lengths[i * width + j - 1]!);
  return lengths;
}
