import { describe, expect, test } from 'vitest'
import type { Dyno } from '../../heroku/dynos.ts'
import { judgeDynos, waitForDynos } from './dynos.ts'

const formation = [
  { type: 'web', quantity: 2, size: 'Standard-1X' },
  { type: 'worker', quantity: 1, size: 'Standard-1X' },
  { type: 'release', quantity: 0, size: 'Standard-1X' },
]
const dyno = (name: string, state: Dyno['state'], releaseVersion = 7): Dyno => ({
  name,
  type: name.split('.')[0] ?? '',
  state,
  releaseVersion,
  command: 'node server.js',
})
const up = [dyno('web.1', 'up'), dyno('web.2', 'up'), dyno('worker.1', 'up')]

describe('judgeDynos', () => {
  test('up when every promised dyno runs the release', () => {
    expect(judgeDynos(up, formation, { version: 7 })).toEqual({ state: 'up' })
  })

  test('a dyno that is still starting is waited for', () => {
    const dynos = [dyno('web.1', 'up'), dyno('web.2', 'starting'), dyno('worker.1', 'up')]
    expect(judgeDynos(dynos, formation, { version: 7 })).toEqual({
      state: 'waiting',
      for: 'web: 1 of 2 up on v7',
    })
  })

  test('dynos of the release before do not count as up', () => {
    const dynos = up.map(({ name }) => dyno(name, 'up', 6))
    expect(judgeDynos(dynos, formation, { version: 7 }).state).toBe('waiting')
  })

  test('an old dyno that has not ended is waited for', () => {
    expect(judgeDynos([...up, dyno('worker.1', 'up', 6)], formation, { version: 7 })).toEqual({
      state: 'waiting',
      for: 'worker.1 of v6 to end',
    })
  })

  test('a crash of the new release counts, one of the old release and one of a one-off dyno do not', () => {
    expect(judgeDynos([dyno('web.1', 'crashed'), ...up.slice(1)], formation, { version: 7 })).toEqual({
      state: 'crashed',
      dynos: ['web.1'],
    })
    expect(judgeDynos([...up, dyno('run.1', 'crashed')], formation, { version: 7 }).state).toBe('up')
    expect(judgeDynos([...up, dyno('web.2', 'crashed', 6)], formation, { version: 7 }).state).toBe('waiting')
  })
})

describe('waitForDynos', () => {
  const look = (states: Dyno[][]) => {
    let at = 0
    return () => Promise.resolve(states[Math.min(at++, states.length - 1)] ?? [])
  }
  const wait = (states: Dyno[][], deadline = { passed: false }) =>
    waitForDynos({
      list: look(states),
      formation,
      release: { version: 7 },
      deadline,
      pause: () => Promise.resolve(),
    })

  test('a dyno that crashes once and comes up by itself is no failure', async () => {
    expect(await wait([[dyno('web.1', 'crashed'), ...up.slice(1)], up])).toEqual({ state: 'up' })
  })

  test('a dyno that is crashed in two looks on end is', async () => {
    expect((await wait([[dyno('web.1', 'crashed')]])).state).toBe('crashed')
  })

  test('the deadline ends the wait with what was waited for', async () => {
    expect(await wait([[]], { passed: true })).toEqual({ state: 'waiting', for: 'web: 0 of 2 up on v7' })
  })
})
