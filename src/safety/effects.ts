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
  return effects.map((effect, index) =>
    isMended(effect, index, effects) ? { ...effect, breaks: [] } : effect,
  )
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

/** Ways in which a later statement of the same transaction mends what an earlier one would have broken. */
const remedies: readonly ((broken: Effect, later: Effect) => boolean)[] = [
  // A view under the old name of a renamed table can be read and written like the table.
  (broken, later) =>
    broken.form === 'rename table' &&
    later.form === 'create view' &&
    qualified(later.names.table) === qualified(broken.names.table) &&
    qualified(later.names.referenced ?? '') === qualified(broken.names.newName ?? ''),
  // A column that gets another default in place of the one that it loses.
  (broken, later) =>
    (broken.form === 'drop default' || broken.form === 'drop identity') &&
    (later.form === 'add identity' || later.form === 'set default') &&
    later.relation === broken.relation &&
    later.names.column === broken.names.column,
]

function isMended(broken: Effect, index: number, effects: readonly Effect[]): boolean {
  if (broken.breaks.length === 0) return false
  return effects.slice(index + 1).some((later) => {
    const atOnce = later.statement === broken.statement
    const together = later.statement.inTransaction && later.statement.unit === broken.statement.unit
    return (atOnce || together) && remedies.some((mends) => mends(broken, later))
  })
}
