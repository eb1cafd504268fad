import { blocksWriters, type Effect } from './effect.ts'
import type { Severity } from './finding.ts'
import { estimateSeconds, isEmpty, type Sizes } from './sizes.ts'

/** What can be wrong with an effect. Every hazard of an effect ends in a finding. */
export type Hazard =
  | 'unknown'
  | 'fails in a transaction'
  | 'fails'
  | 'breaks'
  | 'loses'
  | 'blocks'
  | 'prolongs'
  | 'row locks'
  | 'blocks briefly'
  | 'tightens'

export const severities: Readonly<Record<Hazard, Severity>> = {
  unknown: 'unknown',
  'fails in a transaction': 'unsafe',
  fails: 'unsafe',
  breaks: 'unsafe',
  loses: 'unsafe',
  /** Work of the statement under a blocking lock of its own. */
  blocks: 'unsafe',
  /** Work under a blocking lock that an earlier statement of the transaction took. */
  prolongs: 'unsafe',
  /** Rows that stay locked until the commit. */
  'row locks': 'unsafe',
  /** The same kinds of work, where the facts show that they end at once. */
  'blocks briefly': 'note',
  tightens: 'note',
}

/** What a statement with the hazard does: completes 'a statement that ...'. */
export const hazardWords: Readonly<Record<Hazard, string>> = {
  unknown: 'cannot be judged',
  'fails in a transaction': 'Postgres refuses inside a transaction',
  fails: 'Postgres is known to refuse',
  breaks: 'makes queries of the running release fail',
  loses: 'loses data that only a restore brings back',
  blocks: 'works on a whole table under a lock that makes the running release wait',
  prolongs: 'works on while its transaction holds a lock that makes the running release wait',
  'row locks': 'keeps the rows of a whole table locked until the commit',
  'blocks briefly': 'does the same to a table that is small enough',
  tightens: 'makes some writes fail from then on',
}

export function hazardsOf(effect: Effect, sizes: Sizes): Set<Hazard> {
  const hazards = new Set<Hazard>()
  if (effect.unknown !== null) hazards.add('unknown')
  if (effect.refusesTransaction && effect.statement.inTransaction) hazards.add('fails in a transaction')
  if (effect.fails !== null) hazards.add('fails')
  if (effect.breaks.length > 0) hazards.add('breaks')
  if (effect.loses !== null) hazards.add('loses')
  if (effect.tightens !== null) hazards.add('tightens')
  if (effect.sleeps > (sizes.lockBudget ?? 0) && effect.held.length > 0) hazards.add('prolongs')
  const wait = waitHazard(effect)
  if (wait !== undefined) hazards.add(isBrief(effect, sizes) ? 'blocks briefly' : wait)
  return hazards
}

function waitHazard(effect: Effect): Hazard | undefined {
  if (effect.work === 'nothing') return undefined
  if (effect.underLock === 'nothing') return effect.work === 'row writes' ? 'row locks' : undefined
  return blocksWriters(effect.lock) ? 'blocks' : 'prolongs'
}

function isBrief({ relation, isNew, sources }: Effect, sizes: Sizes): boolean {
  const full = [...(isNew ? [] : [relation]), ...sources].filter((one) => !isEmpty(one, sizes))
  const seconds = full.map((one) => estimateSeconds(one, sizes) ?? Infinity)
  return full.length === 0 || seconds.reduce((sum, one) => sum + one, 0) <= (sizes.lockBudget ?? 0)
}
