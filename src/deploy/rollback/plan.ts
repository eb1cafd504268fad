import type { RollbackDatabase } from '../../config/config.ts'

/** What is true now, next to what was recorded: everything that the decision depends on, and nothing else. */
export interface Observed {
  /** 'unchanged': the recorded release is current. 'ours': this deploy's is. 'foreign': somebody else's is. */
  readonly app: 'unchanged' | 'ours' | 'foreign'
  /** The release that is current, as a person would name it: 'v7 (Set GREETING config vars)'. */
  readonly currentRelease: string
  /** The schema's fingerprint and the list of applied migrations are as recorded. */
  readonly schemaUnchanged: boolean
  /** The recorded release works on the schema as it is now. */
  readonly survivable: boolean
  /** Every schema change since is a migration that the framework lists as applied and can reverse. */
  readonly reversible: boolean
  /** What reversing would lose: one sentence each; empty when nothing. */
  readonly reverseLoses: readonly string[]
  /** A backup exists from after the moment since which nobody could write, and nobody could until now. */
  readonly restoreLosesNothing: boolean
  readonly hasBackup: boolean
  /** A person accepted what a restore loses. */
  readonly lossAccepted: boolean
  readonly wanted: RollbackDatabase
}

export interface RollbackPlan {
  readonly app: 'nothing' | 'roll back'
  readonly database: 'nothing' | 'reverse' | 'restore' | 'keep'
  /** Maintenance on and nobody writing before anything else is done. */
  readonly quiesceFirst: boolean
  /** Set when Lockkeeper cannot decide: the sentence that says why. The app is then left as it is, or quiesced. */
  readonly person: string | null
  /** Why, for the user: complete sentences. */
  readonly reasons: readonly string[]
}

/** The roll-back of the design, as one pure decision: a doubt takes the careful branch and says so. */
export function planRollback(observed: Observed): RollbackPlan {
  const app = observed.app === 'ours' ? 'roll back' : 'nothing'
  if (observed.app === 'foreign') return planForForeignRelease(observed)
  const appReason =
    app === 'nothing'
      ? 'The release to go back to is current already: the app needs no roll-back.'
      : 'A newer release is current: the app goes back.'
  const plan = (
    database: RollbackPlan['database'],
    reason: string,
    more: Partial<RollbackPlan> = {},
  ): RollbackPlan => ({
    app,
    database,
    quiesceFirst: false,
    person: null,
    reasons: [appReason, reason],
    ...more,
  })

  if (observed.schemaUnchanged) return plan('nothing', 'The schema is as it was.')
  if (observed.wanted === 'keep')
    return plan('keep', 'The schema is kept as it is, because rollback.database says so.')
  if (observed.wanted === 'restore') return planRestore(observed, plan)
  return observed.survivable ? planSurvivable(observed, plan) : planUnsurvivable(observed, plan)
}

type Plan = (database: RollbackPlan['database'], reason: string, more?: Partial<RollbackPlan>) => RollbackPlan

/** The recorded release works on the schema as it is: nobody is down, whatever becomes of the reversal. */
function planSurvivable(observed: Observed, plan: Plan): RollbackPlan {
  if (!observed.reversible) {
    const reason =
      'The schema changed in a way that no listed migration explains, or that cannot be reversed.'
    if (observed.restoreLosesNothing) return plan('restore', reason, { quiesceFirst: true })
    return plan('keep', `${reason} The release to go back to works on it as it is.`, {
      person:
        'The schema differs from the one before, and Lockkeeper cannot bring it back without losing writes.',
    })
  }
  if (observed.reverseLoses.length > 0)
    return plan(
      'keep',
      'The wider schema is kept, because the release to go back to works on it and reversing would lose data: ' +
        observed.reverseLoses.join(' '),
    )
  return plan(
    'reverse',
    'The release to go back to works on the schema as it is now: the app goes first, then the migrations are reversed.',
  )
}

/** The recorded release does not work on the schema: users must not meet it until the schema is back. */
function planUnsurvivable(observed: Observed, plan: Plan): RollbackPlan {
  const why = 'The release to go back to does not work on the schema as it is now.'
  if (observed.reversible && observed.reverseLoses.length === 0)
    return plan('reverse', `${why} The migrations are reversed in maintenance, which loses nothing.`, {
      quiesceFirst: true,
    })
  if (observed.wanted === 'reverse' && observed.reversible && observed.lossAccepted)
    return plan('reverse', `${why} The migrations are reversed, and the loss was accepted.`, {
      quiesceFirst: true,
    })
  return planRestore(observed, plan)
}

function planRestore(observed: Observed, plan: Plan): RollbackPlan {
  if (observed.hasBackup && (observed.restoreLosesNothing || observed.lossAccepted))
    return plan(
      'restore',
      observed.restoreLosesNothing
        ? 'Nobody could write since the backup, so restoring it loses nothing.'
        : 'The backup is restored, and the loss of what was written since was accepted.',
      { quiesceFirst: true },
    )
  const person = observed.hasBackup
    ? 'A restore would lose what was written since the backup, and nobody has accepted that loss.'
    : 'The schema cannot be reversed without loss, and there is no backup to restore.'
  return plan('nothing', person, { app: 'nothing', quiesceFirst: true, person })
}

/** Somebody else's release is never rolled back over; the schema is touched only where their release cannot notice. */
function planForForeignRelease(observed: Observed): RollbackPlan {
  const person =
    `Somebody else made release ${observed.currentRelease} in the meantime, ` +
    'and Lockkeeper never rolls back over it.'
  const base = { app: 'nothing', quiesceFirst: false, person } as const
  return observed.schemaUnchanged
    ? { ...base, database: 'nothing', reasons: [person, 'The schema is as it was.'] }
    : {
        ...base,
        database: 'keep',
        reasons: [person, 'The schema is left as it is, because their release may need it.'],
      }
}
