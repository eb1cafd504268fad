import { DeployFailure } from '../failure.ts'
import { createSourceBuild, listBuilds, waitForBuild } from '../../heroku/builds.ts'
import { HerokuUncertainError } from '../../heroku/errors.ts'
import {
  pushToHeroku,
  repositoryUrl,
  withArchive,
  type Push,
  type Pushed,
  type Repository,
} from '../../heroku/git.ts'
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
    const { heroku } = run.target
    const pushed = await pushOrFindBuild(run)
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

/** What is pushed, and where to. */
export function pushOf(
  options: Pick<Run, 'config' | 'timing' | 'output' | 'signal'> & { readonly allowOlder?: boolean },
  repository: Repository,
): Push {
  const { config, timing, output, signal } = options
  return {
    root: repository.root,
    commit: repository.head,
    url: repositoryUrl(config.heroku.gitUrl, config.app),
    token: config.heroku.token,
    onOutput: (text) => output.foreign(text),
    signal,
    // A build under a time scale still takes real time, and Heroku itself ends it.
    deadline: Math.max(60, timing.milliseconds(config.build.deadline) / 1000),
    force: options.allowOlder === true,
  }
}

/** A push that broke off may have started the build all the same: then that build decides. */
async function pushOrFindBuild(run: Run): Promise<Pushed> {
  const { heroku, app } = run.target
  const known = new Set((await listBuilds(heroku, app.name)).map(({ id }) => id))
  try {
    return await pushToHeroku(pushOf(run, run.repository))
  } catch (error) {
    if (!(error instanceof HerokuUncertainError)) throw error
    const build = (await listBuilds(heroku, app.name)).find(
      ({ id, commit }) => !known.has(id) && commit === run.repository.head,
    )
    if (build === undefined) throw error
    run.output.warning('The push broke off, but Heroku builds the commit: its build is followed.')
    await followBuild(run, build.id)
    return { upToDate: false }
  }
}

async function followBuild(run: Run, id: string): Promise<void> {
  const { heroku, app } = run.target
  const { status } = await waitForBuild(heroku, app.name, id, {
    deadline: run.config.build.deadline,
    onOutput: (text) => run.output.foreign(text),
    signal: run.signal,
  })
  if (status !== 'succeeded') throw new DeployFailure(`The build of ${app.name} ${status}.`)
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
    await followBuild(run, build.id)
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
