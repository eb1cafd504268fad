import { PersonNeededError } from '../../errors.ts'
import { currentRelease, type Release } from '../../heroku/releases.ts'
import { fingerprint } from '../../postgres/fingerprint.ts'
import { readTargetSchema } from '../before.ts'
import { DeployFailure, messageOf } from '../failure.ts'
import { quiesce, resume } from '../quiesce.ts'
import { requireFramework } from '../target.ts'
import { adviceFor } from './advice.ts'
import { rollBackApp, waitUntilServing } from './app.ts'
import { observe, type Observation } from './observe.ts'
import { planRollback, type RollbackPlan } from './plan.ts'
import type { Recovery, RollbackRecord } from './recovery.ts'
import { restore } from './restore.ts'

/**
 * Rolls app and database back to the destination: observes, decides, acts, and proves the result.
 * Safe to repeat: what is back already is left alone. Throws PersonNeededError with the next commands when it cannot.
 */
export async function performRollback(recovery: Recovery): Promise<RollbackRecord> {
  try {
    const observation = await observe(recovery)
    const plan = planRollback(observation)
    if (recovery.announce) for (const reason of plan.reasons) recovery.output.line(reason)
    if (plan.quiesceFirst) await ensureQuiesced(recovery)
    if (plan.person !== null && plan.database !== 'keep') throw new DeployFailure(plan.person)
    const record = await carryOut(recovery, plan, observation)
    if (plan.person !== null) throw new DeployFailure(plan.person)
    return record
  } catch (error) {
    if (error instanceof PersonNeededError) throw error
    throw new PersonNeededError(
      `The roll-back of ${recovery.target.app.name} needs a person: ${messageOf(error)}`,
      {
        cause: error,
        next: await adviceFor(recovery),
      },
    )
  }
}

async function carryOut(
  recovery: Recovery,
  plan: RollbackPlan,
  observation: Observation,
): Promise<RollbackRecord> {
  let database: RollbackRecord['database'] = plan.database === 'keep' ? 'kept' : 'nothing'
  let serving: Release | null = null
  const app = async (): Promise<void> => {
    if (plan.app === 'roll back') serving = await rollBackApp(recovery)
  }
  if (plan.quiesceFirst) {
    database = await bringBackDatabase(recovery, plan, observation)
    await app()
    await resumeAll(recovery)
    await proveServing(recovery, serving, false)
  } else {
    await app()
    await resumeAll(recovery)
    await proveServing(recovery, serving, plan.database === 'reverse')
    if (plan.database === 'reverse') database = await reverseOrKeep(recovery, observation)
  }
  return verify(recovery, plan, database)
}

/** Repeated where this run stopped the app itself: it has started web dynos since, to look at them in maintenance. */
async function ensureQuiesced(recovery: Recovery): Promise<void> {
  const before = recovery.quiesced()
  if (before === null)
    recovery.output.line(
      'Turning maintenance on and stopping every dyno, so that nobody meets a schema that does not fit.',
    )
  // Set before it begins: whatever part of it was done is put back.
  recovery.setQuiesced({ alone: false })
  const { alone } = await quiesce(recovery)
  recovery.setQuiesced({ alone: alone && before?.alone !== false })
}

async function resumeAll(recovery: Recovery): Promise<void> {
  if (recovery.quiesced() === null) return
  await resume(recovery.target, recovery.to)
  recovery.setQuiesced(null)
  recovery.output.line('Maintenance mode and the formation are what they were.')
}

async function proveServing(recovery: Recovery, rolledBack: Release | null, preboot: boolean): Promise<void> {
  const { target, to } = recovery
  const release = rolledBack ?? (await currentRelease(target.heroku, target.app.name))
  await waitUntilServing(recovery, release, preboot && rolledBack !== null && to.preboot)
}

async function bringBackDatabase(
  recovery: Recovery,
  plan: RollbackPlan,
  observation: Observation,
): Promise<RollbackRecord['database']> {
  if (plan.database === 'restore') {
    await restore(recovery)
    return 'restored'
  }
  if (plan.database !== 'reverse') return plan.database === 'keep' ? 'kept' : 'nothing'
  const trouble = await reverse(recovery, observation.newer)
  if (trouble === null && (await schemaIsBack(recovery))) return 'reversed'
  if (!observation.restoreLosesNothing)
    throw new DeployFailure(trouble ?? 'Reversing did not bring the schema back.')
  recovery.output.warning(
    `${trouble ?? 'Reversing did not bring the schema back.'} The backup is restored instead.`,
  )
  await restore(recovery)
  return 'restored'
}

/** The recorded release works on the wider schema, so a reversal that cannot get its lock harms nobody. */
async function reverseOrKeep(
  recovery: Recovery,
  observation: Observation,
): Promise<RollbackRecord['database']> {
  const trouble = await reverse(recovery, observation.newer)
  if (trouble === null) return 'reversed'
  recovery.output.warning(`${trouble} The wider schema is kept: the release that serves now works on it.`)
  return 'kept'
}

/** Null when every one was reversed, else why not. */
async function reverse({ target, output }: Recovery, ids: readonly string[]): Promise<string | null> {
  output.line(`Reversing ${ids.join(', ')}.`)
  const result = await requireFramework(target).reverse(target.migrations, ids, {
    onOutput: (text) => output.foreign(text),
  })
  return result.ok ? null : `The migrations could not be reversed: ${result.reason ?? 'no reason was given'}.`
}

async function schemaIsBack({ target, to }: Recovery): Promise<boolean> {
  return to.fingerprint === null || fingerprint(await readTargetSchema(target)) === to.fingerprint
}

async function verify(
  recovery: Recovery,
  plan: RollbackPlan,
  database: RollbackRecord['database'],
): Promise<RollbackRecord> {
  const { target, to } = recovery
  const release = await currentRelease(target.heroku, target.app.name)
  if (release.slugId !== to.release.slugId && plan.app === 'roll back')
    throw new DeployFailure(
      `v${release.version} is current, and its code is not that of v${to.release.version}.`,
    )
  const back = await schemaIsBack(recovery)
  if (!back && database !== 'kept')
    throw new DeployFailure('The schema is not the one that was recorded before the deploy.')
  return {
    app: plan.app === 'roll back' ? 'rolled back' : 'nothing',
    database,
    release: release.version,
    reasons: plan.reasons,
    schemaRestored: to.fingerprint === null ? null : back,
  }
}
