import { qualified } from '../postgres/facts.ts'
import { blocksWriters, type Effect, type HeldLock, type Names, type Work } from './effect.ts'
import type { Draft } from './forms/form.ts'
import { isFresh } from './forms/fresh.ts'
import { draftsOf } from './forms/table.ts'
import { factsName, keyColumn, type World } from './known.ts'
import { keepNames } from './kept-names.ts'
import { mendBroken } from './menders.ts'
import type { JudgedStatement, Statement } from './parse.ts'
import { undoneStretches } from './transactions.ts'

/**
 * What the statements of one migration do, in order. Postgres holds locks to the end of a transaction, so work counts as done under
 * every lock taken so far. The world learns from each statement: what it makes is new to those that follow.
 * `transaction` is what the migration before left open, where this one goes on in it.
 */
export function effectsOf(
  statements: readonly Statement[],
  lasting: World,
  transaction: OpenTransaction = {},
): readonly Effect[] {
  const effects: Effect[] = []
  let held = transaction.held ?? holdLocks()
  let kept = held
  let unit = transaction.held === undefined ? undefined : statements[0]?.unit
  let begun = 0
  let stretch: number | undefined
  const undone = undoneStretches(statements)
  const gone = new Set<JudgedStatement>()
  let world = lasting
  for (const statement of statements) {
    const now = undone.get(statement)
    if (now !== stretch) {
      if (stretch === undefined) kept = held
      held = now === undefined ? kept : kept.copy()
      world = now === undefined ? lasting : passing(lasting)
    }
    if (statement.unit !== unit) {
      endTransaction(effects, begun, lasting)
      begun = effects.length
    }
    if (statement.unit !== unit || !statement.inTransaction) held.release()
    unit = statement.unit
    stretch = now
    const drafts = draftsOf(statement, world)
    takeLocks(drafts, held, world)
    const judged = withoutTree(statement)
    if (now !== undefined) gone.add(judged)
    for (const draft of drafts) {
      const effect = toEffect(draft, judged, held.newest(), world)
      effects.push(now === undefined ? effect : takenBack(effect))
    }
    for (const { learn } of drafts) learn?.(world.known)
    if (drafts.some((draft) => draft.unknown !== undefined)) world.known.doubtful = true
  }
  endTransaction(effects, begun, lasting)
  transaction.held = held
  return mendBroken(effects, ({ statement }) => !gone.has(statement))
}

/** What the statements from `begun` on did is settled: names that lead to the same again broke nothing. */
function endTransaction(effects: Effect[], begun: number, world: World): void {
  const ended = effects.slice(begun)
  const kept = keepNames(ended, world)
  if (kept === ended) return
  for (const [index, effect] of kept.entries()) effects[begun + index] = effect
}

/** The locks of a transaction that the next migration may go on in. */
export interface OpenTransaction {
  held?: ReturnType<typeof holdLocks>
}

function withoutTree({ sql, location, migration, inTransaction, unit, start }: Statement): JudgedStatement {
  return { sql, location, migration, inTransaction, unit, start }
}

/** A world that learns what the other is not to know. */
function passing({ facts, known }: World): World {
  return { facts, known: structuredClone(known) }
}

/** The locks were taken and the work was done, but the rollback leaves nothing of it. */
function takenBack(effect: Effect): Effect {
  return { ...effect, breaks: [], loses: null, tightens: null, reversible: 'yes', creates: [], drops: [] }
}

/** Locks that an effect lists at most, the newest: a transaction can take thousands, and nobody reads them all. */
const mostHeld = 20

/** The locks of one transaction, each once. */
function holdLocks(before: readonly HeldLock[] = []) {
  const keyOf = ({ lock, relation }: HeldLock) => `${lock} ${relation}`
  const seen = new Set(before.map(keyOf))
  let locks = [...before]
  let newest: readonly HeldLock[] = locks.slice(-mostHeld)
  return {
    copy: () => holdLocks(locks),
    take(one: HeldLock): void {
      if (seen.has(keyOf(one))) return
      seen.add(keyOf(one))
      locks.push(one)
      newest = locks.slice(-mostHeld)
    },
    /** The transaction has ended. What was told of it stays. */
    release(): void {
      if (locks.length === 0) return
      seen.clear()
      locks = []
      newest = locks
    },
    newest: () => newest,
  }
}

/** Takes the locks that make others wait. */
function takeLocks(drafts: readonly Draft[], held: ReturnType<typeof holdLocks>, world: World): void {
  for (const draft of drafts) {
    const { relation, indexOf, lock, blocksNobody } = draft
    const table = indexOf ?? relation
    if (table === undefined || lock === undefined || blocksNobody === true) continue
    if (blocksWriters(lock) && !isFresh(draft, world)) held.take({ relation: factsName(world, table), lock })
  }
}

/** Most forms name the table themselves. */
function withTable(names: Partial<Names> | undefined, table: string, key: string | undefined): Names {
  if (key === undefined && isComplete(names)) return names
  return { table, ...(key === undefined ? {} : { key }), ...names }
}

function isComplete(names: Partial<Names> | undefined): names is Names {
  return names?.table !== undefined
}

/** Shared by all effects: there are thousands, and most do little. */
const none: readonly never[] = []

function toEffect(draft: Draft, statement: JudgedStatement, held: readonly HeldLock[], world: World): Effect {
  const relation = draft.relation ?? ''
  const fresh = isFresh(draft, world)
  const table = draft.indexOf ?? relation
  // Nobody waits for a new table; but for other locks, while rows that it was given are worked on.
  const filled = fresh && held.length > 0 ? world.known.filled.get(qualified(table)) : undefined
  const work: Work = fresh && filled === undefined ? 'nothing' : (draft.work ?? 'nothing')
  const key = keyColumn(world, table)
  return {
    form: draft.form,
    statement,
    clause: draft.clause,
    relation: factsName(world, relation),
    lock: fresh ? null : (draft.lock ?? null),
    work,
    sources: filled === undefined ? (draft.sources ?? none) : [...(draft.sources ?? []), ...filled],
    underLock: held.length > 0 ? work : 'nothing',
    scans: !fresh && work !== 'nothing' && draft.byIndex !== true,
    rewrites: !fresh && work === 'rewrite',
    breaks: fresh ? none : (draft.breaks ?? none),
    loses: draft.loses ?? null,
    tightens: fresh ? null : (draft.tightens ?? null),
    reversible: draft.reversible ?? 'yes',
    creates: draft.creates ?? none,
    drops: draft.drops ?? none,
    names: withTable(draft.names, table, key),
    refusesTransaction: draft.refusesTransaction ?? false,
    isNew: fresh,
    held: work === 'nothing' && draft.sleeps === undefined ? none : held,
    sleeps: draft.sleeps ?? 0,
    fails: draft.fails === undefined || world.known.temporary.has(qualified(table)) ? null : draft.fails,
    unknown: draft.unknown ?? null,
  }
}
