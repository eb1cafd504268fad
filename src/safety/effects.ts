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
    const more = drafts.flatMap((draft) => blockingLock(draft, world))
    held = [...held, ...more.filter((one) => !held.some((other) => isSameLock(one, other)))]
    effects.push(...drafts.map((draft) => toEffect(draft, statement, held, world)))
    for (const { learn } of drafts) learn?.(world.known)
    if (drafts.some((draft) => draft.unknown !== undefined)) world.known.doubtful = true
  }
  const menders = effects.flatMap((effect, index) => (mending.has(effect.form) ? [{ effect, index }] : []))
  return effects.map((effect, index) =>
    isMended(effect, index, menders) ? { ...effect, breaks: [] } : effect,
  )
}

function isSameLock(one: HeldLock, other: HeldLock): boolean {
  return one.relation === other.relation && one.lock === other.lock
}

function blockingLock({ relation, indexOf, lock, blocksNobody }: Draft, world: World): HeldLock[] {
  const table = indexOf ?? relation
  if (table === undefined || lock === undefined || isNewRelation(world, table)) return []
  return blocksWriters(lock) && blocksNobody !== true ? [{ relation: table, lock }] : []
}

function toEffect(draft: Draft, statement: Statement, held: readonly HeldLock[], world: World): Effect {
  const relation = draft.relation ?? ''
  const isNew = relation !== '' && isNewRelation(world, draft.indexOf ?? relation)
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
    names: { table: draft.indexOf ?? relation, ...draft.names },
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

/** The forms of the statements that mend: few, so that a long migration is not searched through for each of its statements. */
const mending = new Set(['create view', 'add identity', 'set default'])

interface Mender {
  readonly effect: Effect
  readonly index: number
}

function isMended(broken: Effect, index: number, menders: readonly Mender[]): boolean {
  if (broken.breaks.length === 0) return false
  return menders.some(({ effect: later, index: place }) => {
    if (place <= index) return false
    const atOnce = later.statement === broken.statement
    const together = later.statement.inTransaction && later.statement.unit === broken.statement.unit
    return (atOnce || together) && remedies.some((mends) => mends(broken, later))
  })
}
