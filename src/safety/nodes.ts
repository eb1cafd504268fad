import type { Node } from 'libpg-query'

/** The tag of a node of the parse tree: 'AlterTableStmt'. */
export type Tag = Node extends infer N ? (N extends unknown ? keyof N : never) : never

/** The node under a tag. */
export type NodeOf<T extends Tag> = Extract<Node, Record<T, unknown>>[T]

/** The node when it has this tag. */
export function as<T extends Tag>(node: Node | undefined, tag: T): NodeOf<T> | undefined {
  return node !== undefined && tag in node ? (node as unknown as Record<T, NodeOf<T>>)[tag] : undefined
}

/** All nodes of a list that have this tag. */
export function allOf<T extends Tag>(nodes: readonly Node[] | undefined, tag: T): NodeOf<T>[] {
  const found: NodeOf<T>[] = []
  for (const node of nodes ?? []) {
    const one = as(node, tag)
    if (one !== undefined) found.push(one)
  }
  return found
}

/** The tag of a node, and the node under it. */
export function tagOf(node: Node): Tag {
  return Object.keys(node)[0] as Tag
}

/** The strings of a list of String nodes. */
export function strings(nodes: readonly Node[] | undefined): string[] {
  return allOf(nodes, 'String').map(({ sval = '' }) => sval)
}

/** All nodes with this tag, anywhere below `root`. */
export function within<T extends Tag>(root: unknown, tag: T): NodeOf<T>[] {
  const found: NodeOf<T>[] = []
  if (isObject(root)) collect(root, tag, found)
  return found
}

/** Without a copy of what each node holds: large trees are searched often. */
function collect<T extends Tag>(root: Readonly<Record<string, unknown>>, tag: T, found: NodeOf<T>[]): void {
  for (const key in root) {
    const value = root[key]
    if (!isObject(value)) continue
    if (key === tag) found.push(value as NodeOf<T>)
    collect(value, tag, found)
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
