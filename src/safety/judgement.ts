import type { Effect } from './effect.ts'
import type { Finding } from './finding.ts'

export type Verdict = 'safe' | 'unsafe' | 'unknown'

/** expand: the running release lives with it, so it runs before the push. contract: only the new release does. */
export type Phase = 'expand' | 'contract'

export interface JudgedMigration {
  readonly id: string
  readonly name: string
  readonly file: string
  readonly verdict: Verdict
  readonly phase: Phase
  readonly findings: readonly Finding[]
  readonly effects: readonly Effect[]
}

/** A question that was put to the data of the target. */
export interface Precheck {
  /** The migration's id. */
  readonly migration: string
  readonly table: string
  /** What was looked for: 'rows with a NULL in note'. */
  readonly what: string
  readonly sql: string
  /** How many there are, up to 1000; null when there is no answer. */
  readonly rows: number | null
  /** Why there is none: completes 'Whether the table has them ...'. */
  readonly unanswered: string | null
}

export interface Judgement {
  /** The worst of all migrations: unsafe, then unknown, then safe. */
  readonly verdict: Verdict
  readonly migrations: readonly JudgedMigration[]
  /** What the data was asked; absent when it was not. */
  readonly prechecks?: readonly Precheck[]
  /** Questions for which there was no time left. */
  readonly unasked?: number
}

/** Whether a migration's statements cannot be seen: what they do to the data, nobody knows. */
export function isUnseen({ effects, verdict }: JudgedMigration): boolean {
  return effects.length === 0 && verdict === 'unknown'
}
