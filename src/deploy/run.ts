import type { Config } from '../config/config.ts'
import type { Timing } from '../config/timing.ts'
import type { Repository } from '../heroku/git.ts'
import type { Release } from '../heroku/releases.ts'
import type { Transfer } from '../heroku/backups.ts'
import type { PendingMigration } from '../migrations/types.ts'
import type { WriteCounters } from '../postgres/writes.ts'
import type { Output } from '../report/output.ts'
import type { Judgement } from '../safety/judgement.ts'
import type { Before } from './before.ts'
import type { RollbackRecord } from './rollback/recovery.ts'
import type { Quiesced } from './quiesce.ts'
import type { StepRecord } from './step.ts'
import type { Target } from './target.ts'
import type { RouterLog } from './watch/router-errors.ts'

export type Mode = 'normal' | 'nightly'

/** A deploy under way: what was given, and what became known so far. The steps write the second half, each its own part. */
export interface Run {
  readonly config: Config
  readonly timing: Timing
  readonly mode: Mode
  /** The commit may be behind the one that runs, or beside it. */
  readonly allowOlder: boolean
  readonly output: Output
  /** Aborts when the process is told to stop. */
  readonly signal: AbortSignal
  readonly repository: Repository
  readonly target: Target
  readonly routerLog: RouterLog
  readonly steps: StepRecord[]
  /** What was true before; set before the first step. */
  readonly before: Before
  judgement: Judgement | null
  backup: CapturedBackup | null
  /** Set once this run has turned maintenance on and scaled to zero; cleared when both are back. */
  quiesced: Quiesced | null
  /** The release that this deploy made. */
  release: Release | null
  /** A push shows the release command's output while it runs; a build from an archive does not. */
  releaseOutputShown: boolean
  /** Versions that this deploy's roll-back made: its own, not somebody else's. */
  readonly ownVersions: Set<number>
  rollback: RollbackRecord | null
}

export interface CapturedBackup {
  readonly transfer: Transfer
  /** The counters of written rows just before the capture. */
  readonly counters: WriteCounters
  /** Nobody could write between the quiescing and this backup. */
  readonly quiesced: boolean
}

/** The migrations that the target had not applied when the run began. */
export function pendingMigrations(run: Run): readonly PendingMigration[] {
  return run.before.migrations?.pending ?? []
}
