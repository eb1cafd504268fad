import type { Facts } from '../postgres/facts.ts'
import { blocksWriters, type Effect } from './effect.ts'
import type { Severity } from './finding.ts'

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

export interface Sizes {
  readonly facts?: Facts | undefined
  /** Seconds that a statement may hold up the traffic and still be safe; 0 or absent for none. */
  readonly lockBudget?: number | undefined
}

/** How fast Postgres is assumed to read, write and index a table: bytes per second of a modest Heroku plan. */
export const assumedSpeed = 50_000_000

/** An empty table keeps a few pages for itself and its indexes. */
const emptyTable = 1_000_000 // bytes

export function hazardsOf(effect: Effect, sizes: Sizes): Set<Hazard> {
  const hazards = new Set<Hazard>()
  if (effect.unknown !== null) hazards.add('unknown')
  if (effect.refusesTransaction && effect.statement.inTransaction) hazards.add('fails in a transaction')
  if (effect.fails !== null && !isEmpty(effect.relation, sizes)) hazards.add('fails')
  if (effect.breaks.length > 0) hazards.add('breaks')
  if (effect.loses !== null) hazards.add('loses')
  if (effect.tightens !== null) hazards.add('tightens')
  const wait = waitHazard(effect)
  if (wait !== undefined) hazards.add(isBrief(effect.relation, sizes) ? 'blocks briefly' : wait)
  return hazards
}

function waitHazard(effect: Effect): Hazard | undefined {
  if (effect.work === 'nothing') return undefined
  if (effect.underLock === 'nothing') return effect.work === 'row writes' ? 'row locks' : undefined
  return blocksWriters(effect.lock) ? 'blocks' : 'prolongs'
}

function isEmpty(relation: string, { facts }: Sizes): boolean {
  const bytes = facts?.bytes(relation)
  // The estimate of the rows alone can be old; together with the size it cannot hide a large table.
  return bytes !== undefined && bytes !== null && facts?.rows(relation) === 0 && bytes <= emptyTable
}

function isBrief(relation: string, sizes: Sizes): boolean {
  if (isEmpty(relation, sizes)) return true
  const seconds = estimateSeconds(relation, sizes)
  return seconds !== null && seconds <= (sizes.lockBudget ?? 0)
}

/** How long work on all of a relation takes, at the assumed speed; null when its size is not known. */
export function estimateSeconds(relation: string, { facts }: Sizes): number | null {
  const bytes = facts?.bytes(relation)
  return bytes === undefined || bytes === null ? null : bytes / assumedSpeed
}
