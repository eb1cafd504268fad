import type { Config } from '../config/config.ts'
import type { Timing } from '../config/timing.ts'
import { PersonNeededError } from '../errors.ts'
import { DeployFailure, messageOf } from './failure.ts'
import { setMaintenance } from '../heroku/apps.ts'
import { listDynos } from '../heroku/dynos.ts'
import { getFormation, scale, type FormationEntry } from '../heroku/formation.ts'
import { otherSessions, type OtherSession } from '../postgres/other-sessions.ts'
import type { Output } from '../report/output.ts'
import { askDatabase, type Target } from './target.ts'

/** Seconds that Heroku may take to end dynos: 30 s of grace, and room for its own delays. */
const STOP_DEADLINE = 120
/** A dyno that is not listed any more may live out its grace of 30 s: so long its sessions are waited for. */
const SESSION_DEADLINE = 45

/** Maintenance is on and no dyno of this app runs. */
export interface Quiesced {
  /** Nobody else is connected to the database either: then, and only then, nobody writes. */
  readonly alone: boolean
}

interface Quiesce {
  readonly config: Pick<Config, 'quiesce'>
  readonly target: Target
  readonly timing: Timing
  readonly output: Output
  readonly signal?: AbortSignal
}

/**
 * Turns maintenance on, scales every process type that writes to zero and waits until no dyno is left, one-off dynos included:
 * from then on nobody writes through this app. Then looks who else is connected to the database, and says so.
 * Safe to repeat. Throws when dynos do not end in time.
 */
export async function quiesce({ config, target, timing, output, signal }: Quiesce): Promise<Quiesced> {
  const { heroku, app } = target
  await setMaintenance(heroku, app.name, true)
  const formation = await getFormation(heroku, app.name)
  const writes = (type: string): boolean =>
    config.quiesce.processTypes === 'all' || config.quiesce.processTypes.includes(type)
  const running = formation.filter(({ type, quantity }) => quantity > 0 && writes(type))
  const staying = formation
    .filter(({ type, quantity }) => quantity > 0 && !writes(type))
    .map(({ type }) => type)
  if (running.length > 0)
    await scale(
      heroku,
      app.name,
      running.map(({ type }) => ({ type, quantity: 0 })),
    )
  const left = await waitForNoDynos(target, timing, staying, signal)
  if (left.length > 0)
    throw new DeployFailure(
      `${left.join(', ')} of ${app.name} did not end within ${STOP_DEADLINE} seconds, so somebody may still write.`,
    )
  const others = await waitForNoSessions(target, timing, signal)
  if (others.length > 0) output.warning(describeOthers(others))
  return { alone: others.length === 0 && staying.length === 0 }
}

async function waitForNoSessions(
  target: Target,
  timing: Timing,
  signal?: AbortSignal,
): Promise<OtherSession[]> {
  const deadline = timing.deadline(SESSION_DEADLINE)
  for (;;) {
    const others = await askDatabase(target, otherSessions)
    if (others.length === 0 || deadline.passed) return others
    await timing.sleep(1, signal)
  }
}

function describeOthers(others: readonly OtherSession[]): string {
  const sessions = others.map(({ pid, user, applicationName }) => `pid ${pid} (${applicationName || user})`)
  return `Still connected to the database, and free to write: ${sessions.join(', ')}. No backup will be restored over them.`
}

async function waitForNoDynos(
  target: Target,
  timing: Timing,
  staying: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const deadline = timing.deadline(STOP_DEADLINE)
  for (;;) {
    const dynos = await listDynos(target.heroku, target.app.name)
    const left = dynos
      .filter(({ state, type }) => state !== 'down' && state !== 'crashed' && !staying.includes(type))
      .map(({ name }) => name)
    if (left.length === 0 || deadline.passed) return left
    await timing.sleep(1, signal)
  }
}

/** Gives process types back the number of dynos that they had. Types that the present slug does not have are passed over. */
export async function restoreFormation(
  target: Target,
  before: readonly FormationEntry[],
  types: (type: string) => boolean = () => true,
): Promise<void> {
  const now = await getFormation(target.heroku, target.app.name)
  const updates = before.filter(({ type, quantity }) => {
    const present = now.find((entry) => entry.type === type)
    return types(type) && present !== undefined && present.quantity !== quantity
  })
  if (updates.length > 0)
    await scale(
      target.heroku,
      target.app.name,
      updates.map(({ type, quantity }) => ({ type, quantity })),
    )
}

/**
 * Puts the formation and maintenance mode back to what they were, the formation first, and proves both.
 * Safe to repeat. Throws PersonNeededError with the commands to run when Heroku does not do it.
 */
export async function resume(
  target: Target,
  before: { readonly formation: readonly FormationEntry[]; readonly maintenance: boolean },
): Promise<void> {
  try {
    await restoreFormation(target, before.formation)
    if (!before.maintenance) await setMaintenance(target.heroku, target.app.name, false)
  } catch (error) {
    const sizes = before.formation.map(({ type, quantity }) => `${type}=${quantity}`).join(' ')
    throw new PersonNeededError(
      `${target.app.name} could not be taken out of maintenance: ${messageOf(error)}`,
      {
        cause: error,
        next: [
          `heroku ps:scale ${sizes} --app ${target.app.name}`,
          ...(before.maintenance ? [] : [`heroku maintenance:off --app ${target.app.name}`]),
        ],
      },
    )
  }
}
