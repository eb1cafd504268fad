import { blocksWriters, type Effect, type HeldLock, type Work } from './effect.ts'
import type { Draft } from './forms/form.ts'
import { draftsOf } from './forms/table.ts'
import { isNewRelation, type World } from './known.ts'
import { mendBroken } from './menders.ts'
import type { Statement } from './parse.ts'

/**
 * What the statements of one migration do, in order. Postgres holds locks to the end of a transaction, so work counts as done under
 * every lock taken so far. The world learns from each statement: what it makes is new to those that follow.
 */
export function effectsOf(statements: readonly Statement[], world: World): Effect[] {
  const effects: Effect[] = []
  let held = holdNothing()
  let unit: number | undefined
  for (const statement of statements) {
    if (statement.unit !== unit || !statement.inTransaction) held = holdNothing()
    unit = statement.unit
    const drafts = draftsOf({ statement, world })
    for (const lock of drafts.flatMap((draft) => blockingLock(draft, world))) held.take(lock)
    effects.push(...drafts.map((draft) => toEffect(draft, statement, held.newest(), world)))
    for (const { learn } of drafts) learn?.(world.known)
    if (drafts.some((draft) => draft.unknown !== undefined)) world.known.doubtful = true
  }
  return mendBroken(effects)
}

/** Locks that an effect lists at most, the newest: a transaction can take thousands, and nobody reads them all. */
const mostHeld = 20

/** The locks of one transaction, each once. */
function holdNothing() {
  const seen = new Set<string>()
  const locks: HeldLock[] = []
  return {
    take(one: HeldLock): void {
      const key = `${one.lock} ${one.relation}`
      if (!seen.has(key)) locks.push(one)
      seen.add(key)
    },
    newest: (): readonly HeldLock[] => locks.slice(-mostHeld),
  }
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
