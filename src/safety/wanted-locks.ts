import type { FindBlockers, WantedLock } from '../postgres/blockers.ts'
import type { Effect } from './effect.ts'
import type { JudgedMigration, Judgement } from './judgement.ts'

/** A lock that a statement asks for, or whose holders it waits for. */
export interface StatementLock extends WantedLock {
  readonly migration: JudgedMigration
  readonly effect: Effect
}

/** The locks on existing tables that the migrations ask for, in their order, as they write the tables. */
export function statementLocks({ migrations }: Judgement): StatementLock[] {
  return migrations.flatMap((migration) =>
    migration.effects.flatMap((effect) => {
      const { relation, lock, names, form, isNew } = effect
      // Who uses an index has a lock on its table.
      const table = names.index === relation ? names.table : relation
      if (table === '' || lock === null || isNew) return []
      return [{ table, lock: waitsFor[form] ?? lock, migration, effect }]
    }),
  )
}

/** What stands by a weak lock, and still waits until nobody has a lock that is in the way of this one. */
const waitsFor: Readonly<Record<string, WantedLock['lock']>> = {
  'create index concurrently': 'SHARE',
  'reindex concurrently': 'ACCESS EXCLUSIVE',
  'drop index concurrently': 'ACCESS EXCLUSIVE',
  'detach partition concurrently': 'ACCESS EXCLUSIVE',
}

const outlasting = new Set(['create index concurrently', 'reindex concurrently'])

/** Whether the statement ends only after every transaction of the database that is older than it. */
export function outlastsSnapshots({ form, isNew, work }: Effect): boolean {
  return outlasting.has(form) && !isNew && work !== 'nothing'
}

/** What has to be looked for before the migrations start. */
export function wantedLocks(judgement: Judgement): FindBlockers {
  const locks = statementLocks(judgement)
  return {
    locks: locks.map(({ table, lock }) => ({ table, lock })),
    snapshots: locks.some(({ effect }) => outlastsSnapshots(effect)),
  }
}
