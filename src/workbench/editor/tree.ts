/** File paths as a tree, folders first, in the order a person expects. */
export interface TreeFolder {
  readonly kind: 'folder';
  readonly name: string;
  readonly path: string;
  readonly children: readonly TreeNode[];
}

export interface TreeFile {
  readonly kind: 'file';
  readonly name: string;
  readonly path: string;
}

export type TreeNode = TreeFolder | TreeFile;

export function treeOf(paths: readonly string[], folder = ''): readonly TreeNode[] {
  const files: TreeFile[] = [];
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const rest = path.slice(folder.length);
    const slash = rest.indexOf('/');
    if (slash < 0) files.push({ kind: 'file', name: rest, path });
    else {
      const name = rest.slice(0, slash);
      folders.set(name, [...(folders.get(name) ?? []), path]);
    }
  }
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  return [
    ...[...folders]
      .map(
        ([name, inside]): TreeFolder => ({
          kind: 'folder',
          name,
          path: `${folder}${name}`,
          children: treeOf(inside, `${folder}${name}/`),
        }),
      )
      .sort(byName),
    ...files.sort(byName),
  ];
}

/** What is seen, top to bottom, when only `open` folders are unfolded; for arrow keys. */
export function visibleNodes(
  nodes: readonly TreeNode[],
  open: ReadonlySet<string>,
  level = 1,
): readonly { readonly node: TreeNode; readonly level: number }[] {
  return nodes.flatMap((node) => [
    { node, level },
    ...(node.kind === 'folder' && open.has(node.path) ? visibleNodes(node.children, open, level + 1) : []),
  ]);
}
