import { expect, test } from 'vitest'
import { setQuantities, until, withRuntime, type TestRuntime } from '../../../test/support/runtime.ts'
import type { App } from '../model.ts'
import { processLives } from '../../../test/support/process-lives.ts'

const allUp = ({ runtime }: TestRuntime, app: App) =>
  until('all dynos up', () => runtime.dynos(app).every((dyno) => dyno.state === 'up'))
const url = (app: App, path = '/') => `http://127.0.0.1:${app.routerPort}${path}`

/** Scales to nothing and waits until the process of web.1 has ended; returns what its log says from then on. */
async function scaleDown(test: TestRuntime, app: App): Promise<readonly string[]> {
  const before = test.messages(app, { source: 'heroku', dyno: 'web.1' }).length
  const lines = () => test.messages(app, { source: 'heroku', dyno: 'web.1' }).slice(before)
  setQuantities(app, { web: 0 })
  await test.runtime.apply(app, 'formation')
  await until('ended', () => lines().some((line) => line.startsWith('Process exited')))
  return lines()
}

test('a request in flight is answered after SIGTERM', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const slow = fetch(url(app, '/slow'))
    await until('in work', () => test.messages(app, { source: 'app' }).includes('a slow request'))
    const lines = await scaleDown(test, app)
    expect(await (await slow).text()).toBe('slow\n')
    expect(lines).toEqual([
      'State changed from up to down',
      'Stopping all processes with SIGTERM',
      'Process exited with status 0',
    ])
  }))

test('a process that ignores SIGTERM gets SIGKILL after the grace, with R12', () =>
  withRuntime({ durations: { stopGrace: 10 } }, async (test) => {
    const app = await test.app({ configVars: { IGNORE_SIGTERM: '1' } })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    expect(await scaleDown(test, app)).toEqual([
      'State changed from up to down',
      'Stopping all processes with SIGTERM',
      'Error R12 (Exit timeout) -> At least one process failed to exit within 10 seconds of SIGTERM',
      'Stopping remaining processes with SIGKILL',
      'Process exited with status 137',
    ])
  }))

test('a shell that dies of SIGTERM at once does not take the grace from its child', () =>
  withRuntime({}, async (test) => {
    const app = await test.app({
      processTypes: { web: 'true && node server.cjs && true' },
      configVars: { SHUTDOWN_DELAY: '300' },
    })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const slow = fetch(url(app, '/slow'))
    await until('in work', () => test.messages(app, { source: 'app' }).includes('a slow request'))
    await scaleDown(test, app)
    expect(await (await slow).text()).toBe('slow\n')
    expect(test.messages(app, { source: 'app', dyno: 'web.1' })).toContain('SIGTERM received')
  }))

test.each(['parent', 'group'] as const)('kill -9 of the %s leaves no process of the dyno', (what) =>
  withRuntime({ durations: { crashBackoff: 10_000 } }, async (test) => {
    const app = await test.app({ processTypes: { web: 'true && node server.cjs && true' } })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const grandchild = Number(await (await fetch(url(app, '/child'))).text())
    expect(processLives(grandchild)).toBe(true)
    expect(test.runtime.kill(app, 'web.1', what)).toBe(true)
    await until('crashed', () => test.runtime.dynos(app)[0]?.state === 'crashed')
    expect(processLives(grandchild)).toBe(false)
    expect(test.messages(app, { dyno: 'web.1' })).toContain('Process exited with status 137')
    expect(test.runtime.kill(app, 'web.9', what)).toBe(false)
  }),
)

test('a dyno that is replaced before its predecessor has gone never starts', () =>
  withRuntime({}, async (test) => {
    const app = await test.app({ configVars: { SHUTDOWN_DELAY: '300' } })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    test.release(app)
    await test.runtime.apply(app, 'release')
    test.release(app)
    await test.runtime.apply(app, 'release')
    expect(await (await fetch(url(app))).text()).toBe('v3 web.1\n')
    const starts = test.messages(app, { dyno: 'web.1' }).filter((line) => line.startsWith('Starting process'))
    expect(starts).toHaveLength(2)
  }))
