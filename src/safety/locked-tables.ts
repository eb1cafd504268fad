import { blocksWriters } from './effect.ts'
import type { Judgement } from './judgement.ts'

/** The existing tables that the migrations lock so that others wait, or whose lock they wait for, as the migrations write them. */
export function lockedTables({ migrations }: Judgement): string[] {
  const effects = migrations.flatMap((migration) => migration.effects)
  const locked = effects.filter(
    ({ lock, refusesTransaction }) => blocksWriters(lock) || (refusesTransaction && lock !== null),
  )
  return [
    ...new Set(locked.map(({ relation, names }) => (names.index === relation ? names.table : relation))),
  ]
    .filter((relation) => relation !== '')
    .sort()
}
