import { qualified } from '../postgres/facts.ts'
import { blocksWriters, type Effect, type HeldLock, type Work } from './effect.ts'
import type { Draft } from './forms/form.ts'
import { draftsOf } from './forms/table.ts'
import { isNewRelation, type World } from './known.ts'
import type { Statement } from './parse.ts'

/**
 * What the statements of one migration do, in order. Postgres holds locks to the end of a transaction, so work counts as done under
 * every lock taken so far. The world learns from each statement: what it makes is new to those that follow.
 */
export function effectsOf(statements: readonly Statement[], world: World): Effect[] {
  const effects: Effect[] = []
  let held: readonly HeldLock[] = []
  let unit: number | undefined
  for (const statement of statements) {
    if (statement.unit !== unit || !statement.inTransaction) held = []
    unit = statement.unit
    const drafts = draftsOf({ statement, world })
    held = [...held, ...drafts.flatMap((draft) => blockingLock(draft, world))]
    effects.push(...drafts.map((draft) => toEffect(draft, statement, held, world)))
    for (const { learn } of drafts) learn?.(world.known)
  }
  return effects.map((effect) => (isHealed(effect, effects) ? { ...effect, breaks: [] } : effect))
}

function blockingLock({ relation, lock }: Draft, world: World): HeldLock[] {
  if (relation === undefined || lock === undefined || isNewRelation(world, relation)) return []
  return blocksWriters(lock) ? [{ relation, lock }] : []
}

function toEffect(draft: Draft, statement: Statement, held: readonly HeldLock[], world: World): Effect {
  const relation = draft.relation ?? ''
  const isNew = relation !== '' && isNewRelation(world, relation)
  const work: Work = isNew ? 'nothing' : (draft.work ?? 'nothing')
  return {
    form: draft.form,
    statement,
    relation,
    lock: isNew ? null : (draft.lock ?? null),
    work,
    underLock: held.length > 0 ? work : 'nothing',
    scans: work !== 'nothing',
    rewrites: work === 'rewrite',
    breaks: isNew ? [] : (draft.breaks ?? []),
    loses: draft.loses ?? null,
    tightens: isNew ? null : (draft.tightens ?? null),
    reversible: draft.reversible ?? 'yes',
    creates: draft.creates ?? [],
    drops: draft.drops ?? [],
    names: { table: relation, ...draft.names },
    refusesTransaction: draft.refusesTransaction ?? false,
    isNew,
    held: work === 'nothing' ? [] : held,
    fails: isNew ? null : (draft.fails ?? null),
    unknown: draft.unknown ?? null,
  }
}

// A table that is renamed, and shown under its old name by a view, in one transaction: nobody notices, and such a view
// can be written to.
function isHealed(effect: Effect, effects: readonly Effect[]): boolean {
  const { table, newName } = effect.names
  if (effect.form !== 'rename table' || newName === undefined) return false
  return effects.some(
    ({ form, names, statement }) =>
      form === 'create view' &&
      statement.inTransaction &&
      statement.unit === effect.statement.unit &&
      qualified(names.table) === qualified(table) &&
      qualified(names.referenced ?? '') === qualified(newName),
  )
}
