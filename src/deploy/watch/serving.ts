import type { Deadline } from '../../config/timing.ts'
import { listDynos } from '../../heroku/dynos.ts'
import { getFormation, type FormationEntry } from '../../heroku/formation.ts'
import { recentLogs } from '../../heroku/recent-logs.ts'
import type { Release } from '../../heroku/releases.ts'
import { DeployFailure } from '../failure.ts'
import type { Run } from '../run.ts'
import { waitForDynos } from './dynos.ts'
import { assertReleaseIsOurs } from './ours.ts'

/** Log lines of a crashed dyno that are shown: enough for a stack. */
const shownLines = 30

/**
 * Waits until every dyno that the formation promises now is up on the release; `types` picks some of the process types.
 * Throws DeployFailure when one crashes, having shown its last words, or when the deadline has passed.
 */
export async function waitUntilUp(
  run: Run,
  release: Release,
  types: (entry: FormationEntry) => boolean = () => true,
): Promise<void> {
  const { heroku, app } = run.target
  const formation = await getFormation(heroku, app.name)
  const verdict = await waitForDynos({
    list: () => listDynos(heroku, app.name),
    formation: formation.filter(types),
    release,
    deadline: run.timing.deadline(run.config.watch.deadline),
    pause: () => run.timing.sleep(1, run.signal),
    onLook: () => assertReleaseIsOurs(run),
  })
  if (verdict.state === 'waiting')
    throw new DeployFailure(`After ${run.config.watch.deadline} seconds still waiting for ${verdict.for}.`)
  if (verdict.state === 'crashed') {
    await showLastWords(run, verdict.dynos[0] ?? 'web.1')
    throw new DeployFailure(`${verdict.dynos.join(', ')} crashed on v${release.version}.`)
  }
}

async function showLastWords(run: Run, dyno: string): Promise<void> {
  const lines = await recentLogs(run.target.heroku, run.target.app.name, { dyno, lines: shownLines }).catch(
    () => [],
  )
  for (const line of lines) run.output.foreign(`${line}\n`)
}

/** Heroku lists the new dynos at once, but moves the traffic only when its window has passed. */
export async function waitForPreboot(run: Run, window: Deadline): Promise<void> {
  run.output.line(
    `Preboot: the old dynos serve until the traffic moves, in about ${Math.round(window.remaining())} s.`,
  )
  while (!window.passed) {
    await assertReleaseIsOurs(run)
    await run.timing.sleep(Math.min(5, window.remaining()), run.signal)
  }
}
