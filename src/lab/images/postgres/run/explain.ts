/** EXPLAIN: the plan that this engine runs, in PostgreSQL's form. Costs are in its planner's units. */
import type { Explained } from './exec.ts';

export function explainText(
  top: Explained,
  hasCosts: boolean,
  isJson: boolean,
  actualRows: number | null,
  actualUs: number,
): string[] {
  if (isJson) return [JSON.stringify([{ Plan: asJson(top) }], null, 2)];
  const lines: string[] = [];
  const walk = (node: Explained, depth: number) => {
    const costs = hasCosts
      ? `  (cost=${node.startCost.toFixed(2)}..${node.cost.toFixed(2)} rows=${Math.max(1, Math.round(node.rows))} width=${node.width})`
      : '';
    const actual =
      actualRows !== null && depth === 0
        ? ` (actual time=0.000..${(actualUs / 1000).toFixed(3)} rows=${actualRows} loops=1)`
        : '';
    lines.push(`${depth === 0 ? '' : `${' '.repeat(depth * 6 - 4)}->  `}${node.name}${costs}${actual}`);
    for (const detail of node.details) lines.push(`${' '.repeat(depth * 6 + 2)}${detail}`);
    for (const child of node.children) walk(child.explain, depth + 1);
  };
  walk(top, 0);
  if (actualRows !== null) lines.push('Planning Time: 0.050 ms', `Execution Time: ${(actualUs / 1000).toFixed(3)} ms`);
  return lines;
}

function asJson(node: Explained): unknown {
  const [, type, relation] = /^(.*?)(?: on (\S+).*)?$/.exec(node.name)!;
  return {
    ...{ 'Node Type': type!.replace(/ using .*/, ''), ...(relation ? { 'Relation Name': relation } : {}) },
    ...{ 'Startup Cost': node.startCost, 'Total Cost': node.cost, 'Plan Rows': node.rows, 'Plan Width': node.width },
    ...(node.children.length ? { Plans: node.children.map(({ explain }) => asJson(explain)) } : {}),
  };
}
