import { listBuilds, waitForBuild } from '../../heroku/builds.ts'
import { releasesAfter, type Release } from '../../heroku/releases.ts'
import { getSlug } from '../../heroku/slugs.ts'
import { waitForRelease } from '../../heroku/wait-for-release.ts'
import { pendingMigrations, type Run } from '../run.ts'
import { performRollback } from './perform.ts'
import type { Recovery } from './recovery.ts'

/** Undoes whatever a failed deploy changed in the app and its database. Safe to repeat. */
export async function rollBack(run: Run): Promise<void> {
  await waitForUnfinishedWork(run)
  run.rollback = await performRollback(recoveryOf(run))
}

/** A build or a release command that was under way goes on when the deploy that started it dies: only its end decides. */
async function waitForUnfinishedWork(run: Run): Promise<void> {
  const { heroku, app } = run.target
  const builds = await listBuilds(heroku, app.name)
  const building = builds.filter(
    ({ status, commit }) => status === 'pending' && commit === run.repository.head,
  )
  for (const { id } of building)
    await waitForBuild(heroku, app.name, id, { deadline: run.config.build.deadline })
  for (const release of await releasesAfter(heroku, app.name, run.before.newestVersion)) {
    if (run.ownVersions.has(release.version) || !(await isOfThisCommit(run, release))) continue
    run.release ??= release
    if (release.status === 'pending')
      await waitForRelease(heroku, app.name, release.id, { deadline: run.config.releasePhase.deadline })
  }
}

async function isOfThisCommit(run: Run, { slugId }: Release): Promise<boolean> {
  if (slugId === null || slugId === run.before.release.slugId) return false
  return (await getSlug(run.target.heroku, run.target.app.name, slugId)).commit === run.repository.head
}

function recoveryOf(run: Run): Recovery {
  return {
    target: run.target,
    config: run.config,
    timing: run.timing,
    output: run.output,
    announce: true,
    to: { ...run.before, applied: run.before.migrations?.applied ?? [] },
    isOurs: ({ id, version }) => id === run.release?.id || run.ownVersions.has(version),
    judgement: run.judgement,
    reversals: pendingMigrations(run),
    backup: run.backup,
    lossAccepted: false,
    quiesced: () => run.quiesced,
    setQuiesced: (now) => {
      run.quiesced = now
    },
    own: ({ version }) => run.ownVersions.add(version),
  }
}
