import { listDynos } from '../../heroku/dynos.ts'
import { listReleases, rollBackTo, type Release } from '../../heroku/releases.ts'
import { waitForRelease } from '../../heroku/wait-for-release.ts'
import { getFormation } from '../../heroku/formation.ts'
import { DeployFailure } from '../failure.ts'
import { waitForDynos } from '../watch/dynos.ts'
import type { Recovery } from './recovery.ts'

/** Makes the destination's release current again, by its id, and waits for its release command. */
export async function rollBackApp(recovery: Recovery): Promise<Release> {
  const { target, to, config, output } = recovery
  output.line(`Rolling the app back to v${to.release.version}.`)
  const [newest] = await listReleases(target.heroku, target.app.name, { newest: 1 })
  const made = await rollBackTo(target.heroku, target.app.name, to.release, { after: newest?.version ?? 0 })
  recovery.own(made)
  const release = await waitForRelease(target.heroku, target.app.name, made.id, {
    deadline: config.releasePhase.deadline,
    onOutput: (text) => output.foreign(text),
  })
  if (release.status !== 'succeeded')
    throw new DeployFailure(
      `The roll-back release v${release.version} of ${target.app.name} ${release.status}.`,
    )
  output.line(`v${release.version} serves what v${to.release.version} served.`)
  return release
}

/** Waits until the destination's formation is up on the release and, with preboot, until the traffic has moved to it. */
export async function waitUntilServing(
  recovery: Recovery,
  release: Release,
  waitForPreboot: boolean,
): Promise<void> {
  const { target, timing, config, to, output } = recovery
  const present = await getFormation(target.heroku, target.app.name)
  const window = timing.deadline(config.watch.prebootWindow)
  const verdict = await waitForDynos({
    list: () => listDynos(target.heroku, target.app.name),
    formation: to.formation.filter(({ type }) => present.some((entry) => entry.type === type)),
    release,
    deadline: timing.deadline(config.watch.deadline),
    pause: () => timing.sleep(1),
  })
  if (verdict.state === 'crashed')
    throw new DeployFailure(`${verdict.dynos.join(', ')} crashed on the previous release's code as well.`)
  if (verdict.state === 'waiting')
    throw new DeployFailure(`After ${config.watch.deadline} seconds still waiting for ${verdict.for}.`)
  if (!waitForPreboot) return
  output.line('Preboot: waiting until the traffic has moved back and the failed dynos have ended.')
  await timing.sleep(window.remaining())
}
