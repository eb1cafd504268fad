import type { Effect } from '../effect.ts'
import type { Recipe } from '../finding.ts'
import type { Hazard } from '../hazards.ts'

/** A rule as data: everything that is said of it, in the terminal and in the documentation, comes from here. */
export interface Rule {
  /** Stable: users name it in their reports and configuration. */
  readonly id: string
  /** One line, without a full stop. */
  readonly title: string
  /** What goes wrong, in complete sentences. */
  readonly effect: string
  /** What is found, as a complete sentence, where no hazard says it. */
  readonly condition?: string
  /** The hazards that it answers for. */
  readonly hazards: readonly Hazard[]
  /** The forms that it speaks of; every form when absent. */
  readonly forms?: readonly string[]
  /** What goes wrong with this statement: complete sentences with the user's names. */
  message(effect: Effect): string
  readonly recipe?: (names: Effect['names']) => Recipe
  /** A migration that violates the rule, and the way that does not. SQL; the lines of `good` that start with '--' part migrations. */
  readonly bad: string
  readonly good: string
}

/** Relations that a sentence names at most. */
const mostNamed = 5

/** 'reads and writes of items', for the locks that the transaction holds. */
export function whoWaits({ held }: Effect): string {
  const strict = new Set(
    held.filter(({ lock }) => lock === 'ACCESS EXCLUSIVE').map(({ relation }) => relation),
  )
  const weaker = new Set(held.map(({ relation }) => relation).filter((relation) => !strict.has(relation)))
  const parts = [
    ...(strict.size > 0 ? [`every query on ${nameSome([...strict])}`] : []),
    ...(weaker.size > 0 ? [`every write to ${nameSome([...weaker])}`] : []),
  ]
  return parts.join(' and ')
}

function nameSome(relations: readonly string[]): string {
  const named = relations.slice(-mostNamed)
  return [...(named.length < relations.length ? ['others'] : []), ...named].join(' and ')
}

/** What the running release would run into: 'INSERT statements that ...'. */
export function breaksText({ breaks }: Effect): string {
  return [...new Set(breaks.map(({ why }) => why))].join('; ')
}
