/** depends_on as a graph: cycles, and the order in which services can start. */

export interface GraphNode {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** One cycle as names, the first again at the end: `['a', 'b', 'a']`; null when there is none. */
export function findCycle(nodes: readonly GraphNode[]): string[] | null {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): string[] | null => {
    const start = path.indexOf(name);
    if (start >= 0) return [...path.slice(start), name];
    if (done.has(name)) return null;
    path.push(name);
    for (const next of byName.get(name)?.dependsOn ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(name);
    return null;
  };
  for (const node of nodes) {
    const cycle = visit(node.name);
    if (cycle) return cycle;
  }
  return null;
}

/** Names so that each comes after what it depends on; otherwise in the given order. Needs a graph without cycles. */
export function startOrder(nodes: readonly GraphNode[]): string[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const next of byName.get(name)?.dependsOn ?? []) visit(next);
    if (byName.has(name)) order.push(name);
  };
  for (const node of nodes) visit(node.name);
  return order;
}
