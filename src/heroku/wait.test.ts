import { describe, expect, test } from 'vitest'
import { connectClient } from '../../test/support/heroku-client.ts'
import { DeadlineError, HerokuApiError, HerokuUnreachableError } from './errors.ts'
import { waitFor, type Wait } from './wait.ts'

const client = connectClient('http://127.0.0.1:1')

function wait(looks: readonly (number | Error)[], more: Partial<Wait<number>> = {}): Promise<number> {
  let at = 0
  return waitFor(client, {
    what: 'the number 3',
    deadline: 20,
    every: 1,
    look: async () => {
      const seen = looks[Math.min(at++, looks.length - 1)]
      if (seen instanceof Error) throw seen
      return seen ?? 0
    },
    done: (seen) => seen === 3,
    describe: (seen) => `it is ${String(seen)}`,
    ...more,
  })
}

const unreachable = new HerokuUnreachableError('Heroku could not be reached.')
const internal = new HerokuApiError(500, 'internal', 'Oops.')

describe('a wait', () => {
  test('ends when it is done', async () => {
    expect(await wait([1, 2, 3])).toBe(3)
  })

  test('goes on while Heroku does not answer', async () => {
    expect(await wait([1, unreachable, internal, 3])).toBe(3)
  })

  test('ends at its deadline with what was seen last', async () => {
    await expect(wait([1, 2, unreachable])).rejects.toEqual(
      new DeadlineError('Waited 20 seconds for the number 3: it is 2.'),
    )
  })

  test('is given up after ten minutes without an answer', async () => {
    await expect(wait([unreachable], { deadline: 3600, every: 300 })).rejects.toBe(unreachable)
  })

  test('ends at once with an error that stays', async () => {
    const missing = new HerokuApiError(404, 'not_found', 'Gone.')
    await expect(wait([1, missing, 3])).rejects.toBe(missing)
    const defect = new TypeError('a defect')
    await expect(wait([defect, 3])).rejects.toBe(defect)
  })

  test('ends when it is aborted, also in the middle of a look', async () => {
    const stop = new AbortController()
    const looking = wait([], { signal: stop.signal, look: () => new Promise(() => undefined) })
    stop.abort(new Error('told to stop'))
    await expect(looking).rejects.toThrow('told to stop')
    await expect(wait([1], { signal: stop.signal })).rejects.toThrow('told to stop')
  })
})
