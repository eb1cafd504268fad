import { waitForRelease } from '../../heroku/wait-for-release.ts'
import { runInvariant } from '../../postgres/invariants.ts'
import { getFormation } from '../../heroku/formation.ts'
import { DeployFailure } from '../failure.ts'
import { restoreFormation } from '../quiesce.ts'
import { runsAlready } from './push.ts'
import { pendingMigrations, type Run } from '../run.ts'
import type { Outcome, Step } from '../step.ts'
import { askDatabase } from '../target.ts'
import { waitForPreboot, waitUntilUp } from '../watch/serving.ts'
import { waitUntilHealthy } from '../watch/health.ts'
import { assertReleaseIsOurs } from '../watch/ours.ts'
import { describeRouterErrors } from '../watch/router-errors.ts'

/** Waits for the release command, if there is one: a push that ended well says nothing of it. */
export const watchRelease: Step = {
  name: 'Wait for the release',
  enabled: (run) => (runsAlready(run) ? 'this commit runs already' : true),
  plan: () => 'wait until Heroku says that the release succeeded, and show what its release command prints',
  async run(run) {
    if (run.release === null) return { summary: 'nothing was pushed' }
    const { heroku, app, framework, migrations } = run.target
    const release = await waitForRelease(heroku, app.name, run.release.id, {
      deadline: run.config.releasePhase.deadline,
      ...(run.releaseOutputShown ? {} : { onOutput: (text: string) => run.output.foreign(text) }),
      signal: run.signal,
    })
    run.release = release
    if (release.status !== 'succeeded')
      throw new DeployFailure(`Release v${release.version} of ${app.name} ${release.status}.`)
    if (
      run.config.migrate.run === 'release-phase' &&
      framework !== null &&
      pendingMigrations(run).length > 0
    ) {
      const { pending } = await framework.read(migrations)
      if (pending.length > 0)
        throw new DeployFailure(
          `The release phase left ${pending.map(({ id }) => id).join(', ')} pending, though it succeeded.`,
        )
    }
    return { summary: `release v${release.version} succeeded` }
  },
}

/** Waits until every dyno of every process type is up on the release, and with preboot until traffic has moved. */
export const watchDynos: Step = {
  name: 'Wait for the dynos',
  enabled: (run) => (runsAlready(run) ? 'this commit runs already' : true),
  plan: (run) =>
    'wait until every dyno is up on the new release' +
    (run.before.preboot ? `, and for preboot to move the traffic (${run.config.watch.prebootWindow} s)` : ''),
  async run(run) {
    if (run.release === null) return { summary: 'nothing was pushed' }
    const { before, target, release } = run
    const window = run.timing.deadline(run.config.watch.prebootWindow)
    if (run.quiesced !== null) {
      // Still in maintenance: only web dynos start, and nobody reaches them, so nothing is written yet.
      const isWeb = ({ type }: { type: string }): boolean => type === 'web'
      await restoreFormation(target, before.formation, (type) => type === 'web')
      await waitUntilUp(run, release, isWeb)
      return { summary: `every web dyno is up on v${release.version}, in maintenance` }
    }
    await waitUntilUp(run, release)
    if (before.preboot && before.dynos.some(({ type }) => type === 'web')) await waitForPreboot(run, window)
    return { summary: `every dyno is up on v${release.version}` }
  },
}

/** Health checks, SQL invariants, and a settling time without router errors. */
export const watchHealth: Step = {
  name: 'Watch the app',
  enabled: () => true,
  plan: ({ config: { watch } }) =>
    `ask ${watch.health.map(({ path }) => path).join(', ') || 'no health check'}, ` +
    `run ${watch.invariants.length} invariants, and watch the router for ${watch.settle} s`,
  async run(run): Promise<Outcome> {
    const since = new Date()
    await checkHealth(run)
    await checkInvariants(run)
    await settle(run)
    await checkRouter(run, since)
    await assertReleaseIsOurs(run)
    return {
      summary: `healthy; router errors during the deploy: ${describeRouterErrors(run.routerLog.errors())}`,
    }
  },
}

async function checkHealth(run: Run): Promise<void> {
  const { config, target, timing, signal, before } = run
  if (before.maintenance || target.app.webUrl === null) return
  const formation = await getFormation(target.heroku, target.app.name)
  if (!formation.some(({ type, quantity }) => type === 'web' && quantity > 0)) return
  for (const check of config.watch.health) {
    const wrong = await waitUntilHealthy(target.app.webUrl, check, timing, signal)
    if (wrong !== null)
      throw new DeployFailure(
        `The health check ${check.path} did not pass within ${check.deadline} seconds: it answered ${wrong}.`,
      )
    run.output.line(`${check.path} is healthy.`)
  }
}

async function checkInvariants(run: Run): Promise<void> {
  for (const { name, sql } of run.config.watch.invariants) {
    const { rows } = await askDatabase(run.target, (client) => runInvariant(client, sql))
    if (rows.length > 0)
      throw new DeployFailure(`The invariant '${name}' is violated by ${rows.length} row(s).`)
    run.output.line(`The invariant '${name}' holds.`)
  }
}

async function settle(run: Run): Promise<void> {
  const deadline = run.timing.deadline(run.config.watch.settle)
  while (!deadline.passed) {
    await assertReleaseIsOurs(run)
    await run.timing.sleep(Math.min(2, deadline.remaining()), run.signal)
  }
}

async function checkRouter(run: Run, since: Date): Promise<void> {
  const { allowed, ignore } = run.config.watch.routerErrors
  const errors = run.routerLog.errors(since).filter(({ code }) => !ignore.includes(code))
  if (run.routerLog.trouble !== null)
    run.output.warning(
      `The router's log could not be followed (${run.routerLog.trouble}); its errors were not judged.`,
    )
  if (errors.length > allowed)
    throw new DeployFailure(
      `The router answered with errors while the new release served: ${describeRouterErrors(errors)}.`,
    )
}
