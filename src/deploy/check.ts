import { findFramework } from '../migrations/frameworks.ts'
import { readEarly } from '../migrations/read-early.ts'
import type { CheckReport } from '../report/check/model.ts'
import { ahead } from './ahead.ts'
import type { CommitMessage } from './assess.ts'
import type { OpenTarget, Target } from './target.ts'

export interface CheckOptions extends OpenTarget {
  /** Judge only what a branch adds since it left this commit. */
  readonly since?: string | undefined
  /** The message in which [allow-unsafe-migrations] counts. Default: that of the commit that is checked out. */
  readonly message?: CommitMessage | undefined
}

/** Judges the migrations that the target has not applied, with what its database says of itself. Reads only. */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const { directory, config } = options
  const framework = (await findFramework(directory, config)) ?? null
  const ending = new AbortController()
  try {
    let found: (target: Promise<Target>) => void = () => undefined
    const target = ahead(new Promise<Target>((resolve) => (found = resolve)))
    const url = ahead(target.then(({ database }) => database.url))
    // The framework's process takes the longest: while it starts, Heroku is asked, and what judges its answer is loaded.
    const { signal } = ending
    const reading = framework && (await readEarly(framework, { directory, config, url, signal }))
    const { findTarget } = await import('./target.ts')
    found(findTarget({ ...options, framework }))
    const { checkTarget } = await import('./check-target.ts')
    return await checkTarget(options, await target, reading)
  } finally {
    ending.abort()
  }
}
