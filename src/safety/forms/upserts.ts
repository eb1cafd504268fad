import { factsName, type World } from '../known.ts'
import type { Draft } from './form.ts'

/** What dropping a unique index or constraint takes from INSERT ... ON CONFLICT: nothing, when the database has seen none of it. */
export function arbiterIsGone(
  world: World,
  table: string,
  columns: readonly (string | null)[],
  what: string,
): Pick<Draft, 'breaks' | 'tightens'> {
  const key = columns.map((column) => column ?? 'an expression').join(', ')
  if (world.facts?.upserts?.(factsName(world, table)) === false)
    return {
      tightens: `INSERT ... ON CONFLICT (${key}) on ${table}, of which pg_stat_statements has recorded none`,
    }
  const why = `INSERT ... ON CONFLICT (${key}) no longer finds a ${what} on ${table}`
  return { breaks: [{ what: 'on conflict', why }] }
}
