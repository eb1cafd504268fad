import type { CheckReport } from '../report/check/model.ts'
import { ahead } from './ahead.ts'
import type { CommitMessage } from './assess.ts'
import { beginCheck, type BegunCheck } from './begin-check.ts'
import type { OpenTarget } from './target.ts'

export interface CheckOptions extends OpenTarget {
  /** Judge only what a branch adds or changes since it left this commit. */
  readonly since?: string | undefined
  /** The message in which [allow-unsafe-migrations] counts. Default: that of the commit that is checked out. */
  readonly message?: CommitMessage | undefined
  /** What beginCheck has begun for the same project. */
  readonly begun?: BegunCheck | undefined
}

/** Judges the migrations that the target has not applied, with what its database says of itself. Reads only. */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const begun = options.begun ?? (await beginCheck(options.directory, options.config))
  try {
    // While the framework starts, Heroku is asked, and what judges its answer is loaded.
    const { findTarget } = await import('./target.ts')
    const target = ahead(findTarget({ ...options, framework: begun.framework }))
    begun.find(target)
    const { checkTarget } = await import('./check-target.ts')
    return await checkTarget(options, await target, begun.reading)
  } finally {
    begun.end()
  }
}
