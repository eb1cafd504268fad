import { describe, expect, test } from 'vitest'
import { PersonNeededError, PreconditionError, RolledBackError, UnsafeMigrationsError } from '../errors.ts'
import { DeployFailure } from './failure.ts'
import type { Run } from './run.ts'
import { planSteps, runSteps } from './runner.ts'
import type { Step } from './step.ts'

const told: string[] = []
const routerErrors: { at: Date; code: string; path: string }[] = []
function startRun(signal = new AbortController().signal): Run {
  told.length = 0
  const tell = (text: string) => void told.push(text)
  // The runner needs no more of a run than this.
  return {
    signal,
    steps: [],
    rollback: null,
    target: { app: { name: 'example' } },
    before: { release: { version: 3 } },
    routerLog: { errors: () => routerErrors, trouble: null },
    output: { header: tell, line: tell, warning: tell, foreign: tell, result: tell },
  } as unknown as Run
}

function step(name: string, more: Partial<Step> = {}): Step {
  return {
    name,
    enabled: () => true,
    plan: () => name,
    run: () => Promise.resolve({ summary: `${name} was done` }),
    ...more,
  }
}
const failing = (error: Error) => ({ run: () => Promise.reject(error) })

describe('a step fails', () => {
  test('before anything was changed: the failure is a precondition, and nothing is undone', async () => {
    const run = startRun()
    const error = await runSteps(run, [step('look', failing(new DeployFailure('No.')))]).catch(
      (e: unknown) => e,
    )
    expect(error).toBeInstanceOf(PreconditionError)
    expect((error as Error).message).toContain('Nothing was changed')
  })

  test('before anything was changed: an error with an ending of its own keeps it', async () => {
    const unsafe = new UnsafeMigrationsError('Unsafe.')
    await expect(runSteps(startRun(), [step('check', failing(unsafe))])).rejects.toBe(unsafe)
  })

  test('after a change: what was begun is undone in reverse, the failed step included', async () => {
    const undone: string[] = []
    const changing = (name: string, more: Partial<Step> = {}) =>
      step(name, { undo: async () => void undone.push(name), ...more })
    const steps = [changing('first'), step('look'), changing('second', failing(new DeployFailure('No.')))]
    await expect(runSteps(startRun(), steps)).rejects.toBeInstanceOf(RolledBackError)
    expect(undone).toEqual(['second', 'first'])
  })

  test('an undo that several steps share runs once', async () => {
    let times = 0
    const undo = async () => void times++
    const steps = [step('first', { undo }), step('second', { undo, ...failing(new DeployFailure('No.')) })]
    await expect(runSteps(startRun(), steps)).rejects.toBeInstanceOf(RolledBackError)
    expect(times).toBe(1)
  })

  test('an undo that fails ends with a person, and with what that person should do', async () => {
    const undo = () => Promise.reject(new PersonNeededError('Stuck.', { next: ['heroku maintenance:off'] }))
    const error = await runSteps(startRun(), [step('push', { undo, ...failing(new Error('Reset.')) })]).catch(
      (e: unknown) => e,
    )
    expect(error).toBeInstanceOf(PersonNeededError)
    expect((error as PersonNeededError).next).toEqual(['heroku maintenance:off'])
    expect((error as Error).message).toBe('Reset. Stuck.')
  })
})

test('a stop signal between two steps undoes what was begun', async () => {
  const stopping = new AbortController()
  const undone: string[] = []
  const steps = [
    step('push', { undo: async () => void undone.push('push') }),
    step('watch', {
      run: async () => {
        stopping.abort()
        throw new Error('cancelled')
      },
    }),
  ]
  await expect(runSteps(startRun(stopping.signal), steps)).rejects.toThrow('told to stop')
  expect(undone).toEqual(['push'])
})

test('a step that the world says is done is not run again', async () => {
  const run = startRun()
  await runSteps(run, [
    step('push', { observe: () => Promise.resolve('done'), ...failing(new Error('ran')) }),
  ])
  expect(run.steps).toMatchObject([{ name: 'push', status: 'already done' }])
})

test('a dry run really looks, and only tells the rest', async () => {
  const run = startRun()
  await planSteps(run, [
    step('check', { runsInDryRun: true }),
    step('push', { undo: () => Promise.resolve(), ...failing(new Error('ran')) }),
    step('quiesce', { enabled: () => 'only at night' }),
  ])
  expect(run.steps.map(({ name, status }) => [name, status])).toEqual([
    ['check', 'done'],
    ['push', 'planned'],
    ['quiesce', 'left out'],
  ])
  expect(told).toContain('Left out: only at night.')
})

test('a roll-back says what the router answered meanwhile', async () => {
  routerErrors.push(
    { at: new Date(), code: 'H10', path: '/' },
    { at: new Date(), code: 'H10', path: '/items' },
  )
  const run = startRun()
  const failed = step('boot', { ...failing(new DeployFailure('Crashed.')), undo: () => Promise.resolve() })
  await expect(runSteps(run, [failed])).rejects.toThrow(RolledBackError)
  expect(told).toContain('Router errors during the deploy: H10 x 2.')
  routerErrors.length = 0
})
