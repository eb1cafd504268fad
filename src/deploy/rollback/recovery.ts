import type { Config } from '../../config/config.ts'
import type { Timing } from '../../config/timing.ts'
import type { FormationEntry } from '../../heroku/formation.ts'
import type { Release } from '../../heroku/releases.ts'
import type { PendingMigration } from '../../migrations/types.ts'
import type { Schema } from '../../postgres/fingerprint.ts'
import type { Output } from '../../report/output.ts'
import type { Judgement } from '../../safety/judgement.ts'
import type { Quiesced } from '../quiesce.ts'
import type { CapturedBackup } from '../run.ts'
import type { Target } from '../target.ts'

/** Where a roll-back goes to: what was recorded before the deploy, or what a person asked for. */
export interface Destination {
  readonly release: Release
  readonly formation: readonly FormationEntry[]
  readonly maintenance: boolean
  readonly preboot: boolean
  /** Ids of the migrations that were applied then, oldest first. */
  readonly applied: readonly string[]
  /** Null when only the list of migrations is known, as in a roll-back by hand. */
  readonly schema: Schema | null
  readonly fingerprint: string | null
}

/** Everything that a roll-back needs, whoever asks for it. */
export interface Recovery {
  readonly target: Target
  readonly config: Config
  readonly timing: Timing
  readonly output: Output
  /** Says why it does what it does; false where a person has just read that. */
  readonly announce: boolean
  readonly to: Destination
  /** True for a release that this deploy or its roll-back made. */
  isOurs(release: Release): boolean
  /** What is known of the migrations that came after the destination. Null when they were never judged. */
  readonly judgement: Judgement | null
  /** The migrations that may have to be reversed: what is known of each from its file. */
  readonly reversals: readonly PendingMigration[]
  readonly backup: CapturedBackup | null
  readonly lossAccepted: boolean
  readonly quiesced: () => Quiesced | null
  readonly setQuiesced: (quiesced: Quiesced | null) => void
  /** Remembers a version that the roll-back made. */
  readonly own: (release: Release) => void
}

/** What a roll-back came to, for every form of the report. */
export interface RollbackRecord {
  readonly app: 'nothing' | 'rolled back'
  readonly database: 'nothing' | 'reversed' | 'restored' | 'kept'
  /** The release that serves now. */
  readonly release: number
  readonly reasons: readonly string[]
  /** The fingerprint is the recorded one; null when none was recorded. */
  readonly schemaRestored: boolean | null
}
