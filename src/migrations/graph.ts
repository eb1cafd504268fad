import { runsConcurrently } from './sql-file.ts'
import type { PendingMigration } from './types.ts'

/** Of each migration, those that it comes after. */
export type Parents = Readonly<Record<string, readonly string[]>>

/** A migration and all that it comes after. */
export function ancestorsOf(id: string, parents: Parents): Set<string> {
  const found = new Set<string>()
  const left = [id]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (found.has(next)) continue
    found.add(next)
    left.push(...(parents[next] ?? []))
  }
  return found
}

/** The fewest migrations of a set that bring all of it, and what each brings. `ids` are in the order in which they run. */
export function leavesOf(
  ids: readonly string[],
  parents: Parents,
): { readonly leaf: string; readonly ids: readonly string[] }[] {
  const within = new Set(ids)
  const needed = new Set(ids.flatMap((id) => (parents[id] ?? []).filter((parent) => within.has(parent))))
  const taken = new Set<string>()
  return ids
    .filter((id) => !needed.has(id))
    .map((leaf) => {
      const brought = ancestorsOf(leaf, parents)
      const own = ids.filter((id) => brought.has(id) && !taken.has(id))
      for (const id of own) taken.add(id)
      return { leaf, ids: own }
    })
}

export interface Chunk {
  readonly ids: string[]
  /** It builds or drops an index concurrently. */
  readonly concurrent: boolean
}

/** Migrations that one run of the tool may take together: neighbours that wait for locks in the same way, or each alone. */
export async function chunksOf(migrations: readonly PendingMigration[], together: boolean): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  for (const { id, sql } of migrations) {
    const concurrent = await runsConcurrently(sql)
    const last = chunks.at(-1)
    if (together && last?.concurrent === concurrent) last.ids.push(id)
    else chunks.push({ ids: [id], concurrent })
  }
  return chunks
}
