import type { Facts } from '../../postgres/facts.ts'
import type { Effect } from '../effect.ts'

/** A read-only question about the data that a statement depends on. */
export interface Question {
  readonly table: string
  /** What its rows are: 'rows with a NULL in note'. */
  readonly what: string
  /** Selects the rows that are in the way; of a trial, does what the statement does with each row, and so fails where it would. */
  readonly sql: string
  readonly trial?: boolean
}

/** A statement's effect, and what is known of the target. */
export interface Asked {
  readonly effect: Effect
  readonly facts: Facts
}

/** The questions of one kind of statement. */
export type Asking = (asked: Asked) => readonly Question[]

/** The rows that a rule without an heir is about: those of the partitions belong to a table, those of tables that inherit do not. */
export function ownRows(table: string, facts: Facts): string {
  const children = facts.descendants?.(table) ?? []
  return children.length > 0 && facts.kind?.(table) !== 'partitioned table' ? `only ${table}` : table
}
