import type { Run } from '../run.ts'

/** One or two sentences: which release serves, on which schema. */
export function describeRollback(run: Run): string {
  const { rollback, target, before } = run
  if (rollback === null)
    return `${target.app.name} runs v${before.release.version} as before; nothing else was changed.`
  const app =
    rollback.app === 'nothing'
      ? `${target.app.name} still runs v${before.release.version}`
      : `${target.app.name} runs v${rollback.release}, which is v${before.release.version} again`
  const schema = {
    nothing: 'its schema is as it was',
    reversed: 'the migrations were reversed, and its schema is as it was',
    restored: `the backup ${run.backup?.transfer.name ?? ''} was restored, and its schema is as it was`,
    kept: 'its schema keeps what the migrations added, which this release lives with',
  }[rollback.database]
  return `Rolled back: ${app}; ${schema}.`
}
