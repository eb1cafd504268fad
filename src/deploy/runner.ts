import { LockkeeperError, PersonNeededError, PreconditionError, RolledBackError } from '../errors.ts'
import { messageOf } from './failure.ts'
import type { Run } from './run.ts'
import type { Outcome, Step, StepStatus } from './step.ts'
import { describeRollback } from './rollback/describe.ts'
import { describeRouterErrors } from './watch/router-errors.ts'

/**
 * Runs the steps in order. When one fails, what was begun is undone in reverse and the error says what became of it:
 * RolledBackError when everything is as it was, PersonNeededError when it is not, and the failure itself (as a
 * PreconditionError where it has no ending of its own) when nothing had been changed.
 */
export async function runSteps(run: Run, steps: readonly Step[]): Promise<void> {
  const begun: Step[] = []
  for (const step of steps) {
    try {
      run.signal.throwIfAborted()
      await runStep(run, step, begun)
    } catch (error) {
      throw await undo(run, begun, step, error)
    }
  }
}

async function runStep(run: Run, step: Step, begun: Step[]): Promise<void> {
  const started = performance.now()
  const record = (status: StepStatus, summary: string): void => {
    run.steps.push({ name: step.name, status, summary, seconds: (performance.now() - started) / 1000 })
  }
  const enabled = step.enabled(run)
  if (enabled !== true) {
    record('left out', enabled)
    return
  }
  run.output.header(step.name)
  if ((await step.observe?.(run)) === 'done') {
    record('already done', 'it is done already')
    run.output.line('Done already.')
    return
  }
  // Registered before it runs: a step that fails half-way has something to undo.
  if (step.undo !== undefined) begun.push(step)
  try {
    const outcome: Outcome = await step.run(run)
    record('done', outcome.summary)
    run.output.line(sentence(outcome.summary))
  } catch (error) {
    record('failed', messageOf(error))
    throw error
  }
}

/** 'all is well' as 'All is well.' */
const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`

async function undo(run: Run, begun: readonly Step[], failed: Step, error: unknown): Promise<Error> {
  const reason = run.signal.aborted ? 'The deploy was told to stop.' : messageOf(error)
  if (begun.length === 0) {
    if (error instanceof LockkeeperError) return error
    return new PreconditionError(`${reason} Nothing was changed on ${run.target.app.name}.`, { cause: error })
  }
  run.output.warning(`${failed.name}: ${reason}`)
  run.output.header('Roll back')
  // Several steps share one roll-back of app and database, which is done once.
  const undos = new Set(begun.toReversed().map((step) => step.undo))
  try {
    for (const undoStep of undos) await undoStep?.(run)
  } catch (trouble) {
    return personNeeded(run, reason, trouble)
  } finally {
    sayWhatUsersSaw(run)
  }
  return new RolledBackError(`${reason} ${describeRollback(run)}`, { cause: error })
}

/** Without preboot a release that crashes is seen by users, for as long as the roll-back takes: say it. */
function sayWhatUsersSaw({ routerLog, output }: Run): void {
  if (routerLog.errors().length === 0) return
  output.line(`Router errors during the deploy: ${describeRouterErrors(routerLog.errors())}.`)
}

function personNeeded(run: Run, reason: string, trouble: unknown): PersonNeededError {
  const next = trouble instanceof LockkeeperError ? trouble.next : []
  return new PersonNeededError(`${reason} ${messageOf(trouble)}`, {
    cause: trouble,
    next: next.length > 0 ? next : [`See what is current: heroku releases --app ${run.target.app.name}`],
  })
}

/** The dry run: looks with the steps that only look, and says what the others would do. */
export async function planSteps(run: Run, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const enabled = step.enabled(run)
    const looksOnly = step.undo === undefined && step.runsInDryRun === true
    if (enabled === true && looksOnly) {
      await runStep(run, step, [])
      continue
    }
    run.output.header(step.name)
    run.output.line(enabled === true ? `Would ${step.plan(run)}.` : `Left out: ${enabled}.`)
    const summary = enabled === true ? step.plan(run) : enabled
    run.steps.push({
      name: step.name,
      status: enabled === true ? 'planned' : 'left out',
      summary,
      seconds: 0,
    })
  }
}
