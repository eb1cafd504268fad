import { DeployFailure } from '../failure.ts'
import { pendingMigrations } from '../run.ts'
import type { Step } from '../step.ts'
import { requireFramework } from '../target.ts'
import { assertReleaseIsOurs } from '../watch/ours.ts'
import { rollBack } from '../rollback/roll-back.ts'

/** Runs the pending migrations with the framework's own tool, and asks the database what it came to. */
export const migrate: Step = {
  name: 'Run the migrations',
  enabled: (run) => {
    if (run.config.migrate.run === 'release-phase') return 'the release phase runs them'
    return pendingMigrations(run).length > 0 ? true : 'no migration is pending'
  },
  plan: (run) =>
    `run ${pendingMigrations(run)
      .map(({ id, name }) => `${id} ${name}`)
      .join(', ')} with ${run.target.framework?.name ?? 'nothing'}`,
  async observe(run) {
    const { pending } = await requireFramework(run.target).read(run.target.migrations)
    if (pending.length === 0) return 'done'
    return pending.length < pendingMigrations(run).length ? 'partly' : 'not done'
  },
  async run(run) {
    await assertReleaseIsOurs(run)
    const framework = requireFramework(run.target)
    const result = await framework.apply(run.target.migrations, {
      onOutput: (text) => run.output.foreign(text),
      signal: run.signal,
    })
    if (!result.ok) {
      const applied =
        result.applied.length === 0 ? 'None was applied' : `Applied before that: ${result.applied.join(', ')}`
      throw new DeployFailure(`${framework.name} failed: ${result.reason ?? 'no reason'}. ${applied}.`)
    }
    return { summary: `applied ${result.applied.join(', ')}` }
  },
  undo: rollBack,
}
