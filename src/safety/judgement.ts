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

export interface Judgement {
  /** The worst of all migrations: unsafe, then unknown, then safe. */
  readonly verdict: Verdict
  readonly migrations: readonly JudgedMigration[]
}
