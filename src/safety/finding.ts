import type { Clause, Location } from './parse.ts'

export type Severity = 'unsafe' | 'unknown' | 'note'

/** One step of a recipe: what to run, and when. */
export interface RecipeStep {
  readonly title: string
  /** Which deploy the step belongs to, counted from the one being judged. */
  readonly release: 'this release' | 'the next release' | 'the release before'
  /** The statements of one migration, one per entry. Empty for a change of the app's code. */
  readonly sql: readonly string[]
  /** The migration must run outside a transaction. */
  readonly noTransaction?: boolean
  /** The statement is repeated while this question finds a row. */
  readonly repeatsWhile?: string
  /** What the app's code does not know any more from this step on, as SQL writes it: a table, or a column of it. */
  readonly forgets?: { readonly table: string; readonly column?: string }
}

/** The safe way to the same end, with the user's own names. */
export interface Recipe {
  readonly title: string
  readonly steps: readonly RecipeStep[]
  /** What the statement that it replaces is about, as SQL writes it: code of a framework may need more than the steps say. */
  readonly about?: { readonly table: string; readonly column?: string; readonly type?: string }
}

/** A risk that a person took on, with the words that they gave. */
export interface Acceptance {
  readonly reason: string
  /** Where it is said: 'db/migrations/1_x.sql:3', 'lockkeeper.yml', 'commit 1a2b3c4'. */
  readonly source: string
}

/** A rule that an effect violates. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  /** The migration's id. */
  readonly migration: string
  /** The migration's file, relative to the project. */
  readonly file: string
  /** Null when the whole migration is meant. */
  readonly location: Location | null
  readonly sql: string | null
  /** The part of the statement that is meant, where it has several. */
  readonly clause?: Clause | undefined
  /** Complete sentences: what it does, whom it hurts. */
  readonly message: string
  readonly recipe: Recipe | null
  /** The relation that is meant, as the migration writes it. Absent when none is. */
  readonly table?: string
  /** Set when somebody accepts the risk: the finding then refuses nothing. */
  readonly accepted?: Acceptance
}

/** Whether a finding refuses its migration: notes and accepted risks do not. */
export function refuses({
  severity,
  accepted,
}: Pick<Finding, 'severity'> & { readonly accepted?: Acceptance | null }): boolean {
  return severity !== 'note' && !accepted
}
