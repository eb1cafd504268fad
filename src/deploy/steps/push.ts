import { DeployFailure } from '../failure.ts'
import { createSourceBuild, waitForBuild } from '../../heroku/builds.ts'
import { pushToHeroku, repositoryUrl, withArchive } from '../../heroku/git.ts'
import { getSlug } from '../../heroku/slugs.ts'
import { releasesAfter, type Release } from '../../heroku/releases.ts'
import type { Run } from '../run.ts'
import type { Step } from '../step.ts'
import { rollBack } from '../rollback/roll-back.ts'
import { assertReleaseIsOurs, ForeignReleaseError } from '../watch/ours.ts'

/** Pushes the commit, and finds the release that Heroku made of it. */
export const push: Step = {
  name: 'Push the code',
  enabled: (run) => (runsAlready(run) ? 'this commit runs already' : true),
  plan: (run) => `push ${run.repository.head.slice(0, 8)} to ${run.target.app.name}`,
  observe: async (run) => (run.release === null ? 'not done' : 'done'),
  async run(run) {
    await assertReleaseIsOurs(run)
    const { heroku, app } = run.target
    const pushed = await pushToHeroku({
      root: run.repository.root,
      commit: run.repository.head,
      url: repositoryUrl(run.config.heroku.gitUrl, app.name),
      token: run.config.heroku.token,
      onOutput: (text) => run.output.foreign(text),
      signal: run.signal,
      deadline: run.timing.milliseconds(run.config.build.deadline) / 1000,
    })
    if (pushed.rejected !== undefined) throw new DeployFailure(pushed.rejected)
    // Git has this commit from an earlier push, so Heroku built nothing now: ask for the build by name.
    if (pushed.upToDate) await buildFromArchive(run)
    run.releaseOutputShown = !pushed.upToDate
    run.release = await findRelease(run)
    await assertNobodyElseReleased(run)
    return {
      summary: `Heroku made release v${run.release.version} of ${run.repository.head.slice(0, 8)} (${heroku.apiHost})`,
    }
  },
  undo: rollBack,
}

/** The commit is what the current release's slug was built from, and every dyno of it is up. */
export function runsAlready(run: Run): boolean {
  const { before, repository } = run
  return (
    before.commit === repository.head &&
    before.release.status === 'succeeded' &&
    before.dynos.every(({ state }) => state === 'up' || state === 'idle')
  )
}

async function buildFromArchive(run: Run): Promise<void> {
  const { heroku, app } = run.target
  run.output.line('Heroku has this commit already, so it is built from an archive of it.')
  await withArchive(run.repository.root, run.repository.head, async (tarball) => {
    const build = await createSourceBuild(heroku, app.name, { tarball, version: run.repository.head })
    const { status } = await waitForBuild(heroku, app.name, build.id, {
      deadline: run.config.build.deadline,
      onOutput: (text) => run.output.foreign(text),
      signal: run.signal,
    })
    if (status !== 'succeeded') throw new DeployFailure(`The build of ${app.name} failed.`)
  })
}

/** The newest release after the recorded one whose slug was built from the commit: by id, never by Heroku's words. */
async function findRelease(run: Run): Promise<Release> {
  const { heroku, app } = run.target
  const deadline = run.timing.deadline(60)
  for (;;) {
    const releases = await releasesAfter(heroku, app.name, run.before.newestVersion)
    for (const release of [...releases].sort((a, b) => a.version - b.version))
      if (release.slugId !== null && release.slugId !== run.before.release.slugId) {
        const slug = await getSlug(heroku, app.name, release.slugId)
        if (slug.commit === run.repository.head) return release
      }
    if (deadline.passed)
      throw new DeployFailure(`Heroku took the push of ${app.name}, but made no release of it.`)
    await run.timing.sleep(1, run.signal)
  }
}

async function assertNobodyElseReleased(run: Run): Promise<void> {
  const releases = await releasesAfter(run.target.heroku, run.target.app.name, run.before.newestVersion)
  const foreign = releases.find(({ id }) => id !== run.release?.id)
  if (foreign !== undefined) throw new ForeignReleaseError(foreign.version, foreign.description)
}
