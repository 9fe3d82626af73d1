/** A node of a tree that can be walked with the arrow keys. */
export interface TreeNode {
  readonly id: string;
  readonly label: string;
  /** A few words behind the label. */
  readonly note?: string;
  readonly href: string;
  readonly children: readonly TreeNode[];
}

/** A node that can be seen now, with where it stands. */
export interface Seen {
  readonly node: TreeNode;
  readonly level: number;
  readonly parent: string | null;
  readonly place: number;
  readonly of: number;
}

/** The nodes that are to be seen, top to bottom: those whose forebears are all open. */
export function seen(
  nodes: readonly TreeNode[],
  open: (id: string) => boolean,
  level = 1,
  parent: string | null = null,
): Seen[] {
  return nodes.flatMap((node, index) => {
    const own = { node, level, parent, place: index + 1, of: nodes.length };
    return open(node.id) ? [own, ...seen(node.children, open, level + 1, node.id)] : [own];
  });
}
