import { expect, test } from 'vitest'
import {
  createTestRuntime,
  setQuantities,
  until,
  withRuntime,
  type TestRuntime,
} from '../../../test/support/runtime.ts'
import type { App } from '../model.ts'

const url = (app: App, path = '/') => `http://127.0.0.1:${app.routerPort}${path}`
const text = async (app: App, path = '/') => (await fetch(url(app, path))).text()
const states = ({ runtime }: TestRuntime, app: App) =>
  runtime.dynos(app).map((dyno) => `${dyno.name} v${dyno.releaseVersion} ${dyno.state}`)
const allUp = ({ runtime }: TestRuntime, app: App) =>
  until('all dynos up', () => runtime.dynos(app).every((dyno) => dyno.state === 'up'))

test('boots a web dyno and a worker, holds requests until they are up, and tells it in the log', () =>
  withRuntime({}, async (test) => {
    const app = await test.app({
      processTypes: { web: 'node server.cjs', worker: 'echo working && sleep 100', release: 'false' },
      quantities: { web: 1, worker: 1, release: 1 },
      configVars: { GREETING: 'hello' },
    })
    await test.runtime.apply(app, 'release')
    expect(states(test, app)).toEqual(['web.1 v1 starting', 'worker.1 v1 starting'])
    expect(await text(app)).toBe('v1 web.1\n')
    expect(states(test, app)).toEqual(['web.1 v1 up', 'worker.1 v1 up'])
    expect(test.messages(app, { source: 'heroku', dyno: 'web' })).toEqual([
      'Starting process with command `node server.cjs`',
      'State changed from starting to up',
    ])
    await until('output', () => test.messages(app, { source: 'app', dyno: 'worker.1' }).includes('working'))
    const [line] = test.messages(app, { dyno: 'router' })
    expect(line).toMatch(
      /^at=info method=GET path="\/" host=127\.0\.0\.1:\d+ request_id=[0-9a-f-]{36} fwd="127\.0\.0\.1" dyno=web\.1 connect=\d+ms service=\d+ms status=200 bytes=9 protocol=http$/,
    )
    expect(test.operations.all().map(({ name, finishedAt }) => [name, finishedAt !== null])).toEqual([
      ['boot', true],
    ])
  }))

test('gives a dyno its config vars and the metadata of its release, and none of the emulator own environment', async () => {
  process.env.EMULATOR_SECRET = 'canary'
  try {
    await withRuntime({}, async (test) => {
      const app = await test.app({ configVars: { GREETING: 'hello', PORT: '1' } })
      await test.runtime.apply(app, 'release')
      const environment = JSON.parse(await text(app, '/env')) as Record<string, string>
      expect(environment).toMatchObject({
        GREETING: 'hello',
        DYNO: 'web.1',
        HEROKU_APP_NAME: app.name,
        HEROKU_RELEASE_VERSION: 'v1',
        HEROKU_SLUG_COMMIT: 'c0ffee',
      })
      expect(Number(environment.PORT)).toBeGreaterThan(1)
      expect(environment).not.toHaveProperty('EMULATOR_SECRET')
    })
  } finally {
    delete process.env.EMULATOR_SECRET
  }
})

test('metadata of the release can be kept from dynos, scaled and one-off', () =>
  withRuntime({ assumptions: { dynoMetadata: false } }, async (test) => {
    const app = await test.app({ configVars: { GREETING: 'hello' } })
    await test.runtime.apply(app, 'release')
    const environment = JSON.parse(await text(app, '/env')) as Record<string, string>
    expect(environment).toMatchObject({ GREETING: 'hello', DYNO: 'web.1' })
    expect(Object.keys(environment).filter((name) => name.startsWith('HEROKU_'))).toEqual([])
    const [release] = app.releases
    if (release === undefined) throw new Error('The app has no release')
    const oneOff = await test.runtime.runOneOff(app, release, {
      command: 'test -z "$(env | grep ^HEROKU_)"',
      type: 'run',
    })
    expect(await oneOff.exited).toBe(0)
  }))

test('a dyno that exits at boot is crashed, answers H10, and is tried again with growing pauses', () =>
  withRuntime({ timeScale: 0.02, durations: { crashBackoff: 25 } }, async (test) => {
    const app = await test.app({ processTypes: { web: 'exit 3' } })
    await test.runtime.apply(app, 'release')
    await until('crashed', () => states(test, app).includes('web.1 v1 crashed'))
    expect((await fetch(url(app))).status).toBe(503)
    expect(test.messages(app, { dyno: 'router' }).at(-1)).toContain('at=error code=H10 desc="App crashed"')
    const starts = () =>
      test.logs
        .recent(app.id, { dyno: 'web.1' })
        .filter(isStart)
        .map((line) => Date.parse(line.at))
    await until('three starts', () => starts().length >= 3)
    const [first = 0, second = 0, third = 0] = starts()
    // A busy machine makes a pause longer, never shorter. What the log tells is rounded to milliseconds.
    expect(second - first).toBeGreaterThanOrEqual(500 - 2)
    expect(third - second).toBeGreaterThanOrEqual(1000 - 2)
    expect(test.messages(app, { dyno: 'web.1' }).slice(1, 4)).toEqual([
      'Process exited with status 3',
      'State changed from starting to crashed',
      'State changed from crashed to starting',
    ])
  }))

const isStart = (line: { message: string }) => line.message.startsWith('Starting process')

test('an environment that no process can have crashes the dyno', () =>
  withRuntime({ durations: { crashBackoff: 10_000 } }, async (test) => {
    const app = await test.app({ configVars: { HUGE: 'x'.repeat(4_000_000) } })
    await test.runtime.apply(app, 'release')
    await until('crashed', () => states(test, app).includes('web.1 v1 crashed'))
    expect(test.messages(app, { dyno: 'web.1' })[1]).toMatch(
      /^Process (did not start|exited with status 127)/,
    )
  }))

test('a release that boots ends the crash loop of the one before', () =>
  withRuntime({ durations: { crashBackoff: 10_000 } }, async (test) => {
    const app = await test.app({ processTypes: { web: 'exit 1' } })
    await test.runtime.apply(app, 'release')
    await until('crashed', () => states(test, app).includes('web.1 v1 crashed'))
    test.release(app)
    await test.runtime.apply(app, 'release')
    expect(await text(app)).toBe('v2 web.1\n')
  }))

test('a web dyno that never binds its port is killed with R10 and crashed with status 137', () =>
  withRuntime({ durations: { bootTimeout: 20, crashBackoff: 10_000 } }, async (test) => {
    const app = await test.app({ configVars: { NEVER_BIND: '1' } })
    await test.runtime.apply(app, 'release')
    await until('crashed', () => states(test, app).includes('web.1 v1 crashed'))
    expect(test.messages(app, { source: 'heroku', dyno: 'web.1' }).slice(1)).toEqual([
      'Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 20 seconds of launch',
      'Stopping process with SIGKILL',
      'Process exited with status 137',
      'State changed from starting to crashed',
    ])
  }))

test('a running dyno that crashes is started again', () =>
  withRuntime({ durations: { crashBackoff: 5 } }, async (test) => {
    const app = await test.app()
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    expect((await fetch(url(app, '/crash'))).status).toBe(503)
    await until('crash noticed', () =>
      test.messages(app, { dyno: 'web.1' }).includes('Process exited with status 7'),
    )
    await until('up again', () => states(test, app).includes('web.1 v1 up'))
    expect(await text(app)).toBe('v1 web.1\n')
    expect(test.messages(app, { dyno: 'router' })[0]).toContain('code=H13')
  }))

test('the fault that makes a boot fail is taken once', () =>
  withRuntime({ durations: { crashBackoff: 5 } }, async (test) => {
    const app = await test.app()
    test.faults.add({ fault: 'dyno boot fails', app: app.name, times: 1 })
    await test.runtime.apply(app, 'release')
    await until('failed once', () =>
      test.messages(app, { dyno: 'web.1' }).includes('Process exited with status 1'),
    )
    await until('up', () => states(test, app).includes('web.1 v1 up'))
  }))

test('scales up and down, the highest numbers first', () =>
  withRuntime({}, async (test) => {
    const app = await test.app({ quantities: { web: 3 } })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    setQuantities(app, { web: 1 })
    await test.runtime.apply(app, 'formation')
    expect(states(test, app)).toEqual(['web.1 v1 up'])
    await until('web.3 gone', () =>
      test.messages(app, { dyno: 'web.3' }).includes('Process exited with status 0'),
    )
    expect(test.messages(app, { dyno: 'web.1' })).not.toContain('SIGTERM received')
    setQuantities(app, { web: 2 })
    await test.runtime.apply(app, 'formation')
    expect(states(test, app)).toEqual(['web.1 v1 up', 'web.2 v1 starting'])
    setQuantities(app, { web: 0 })
    await test.runtime.apply(app, 'formation')
    expect((await fetch(url(app))).status).toBe(503)
    expect(test.messages(app, { dyno: 'router' }).at(-1)).toContain('code=H14')
  }))

test('a larger size restarts the dynos of its type', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const formation = app.formation.web
    if (formation !== undefined) formation.size = 'Performance-M'
    await test.runtime.apply(app, 'formation')
    await allUp(test, app)
    expect(test.runtime.dynos(app)[0]?.size).toBe('Performance-M')
  }))

test('restarts one dyno, one type or all, on the current release', () =>
  withRuntime({}, async (test) => {
    const app = await test.app({
      processTypes: { web: 'node server.cjs', worker: 'sleep 100' },
      quantities: { web: 2, worker: 1 },
    })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const ids = () => new Map(test.runtime.dynos(app).map((dyno) => [dyno.name, dyno.id]))
    const first = ids()
    await test.runtime.restart(app, 'web.2')
    await allUp(test, app)
    const second = ids()
    expect([...second].filter(([name, id]) => first.get(name) !== id).map(([name]) => name)).toEqual([
      'web.2',
    ])
    await test.runtime.stop(app, 'worker')
    await allUp(test, app)
    expect(ids().get('worker.1')).not.toBe(second.get('worker.1'))
    await test.runtime.restart(app, undefined)
    await allUp(test, app)
    expect([...ids().values()].some((id) => [...second.values()].includes(id))).toBe(false)
  }))

test('an emulator that starts again finds the ports of its apps and starts their dynos', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    const port = app.routerPort
    await test.runtime.apply(app, 'formation')
    expect(await text(app)).toBe('v1 web.1\n')
    await test.runtime.close()
    await expect(fetch(url(app))).rejects.toThrow()
    const next = createTestRuntime(test.store.directory, test.reaper, {})
    const known = next.store.app(app.id)
    if (known === undefined) throw new Error('The store forgot the app')
    try {
      await next.runtime.openRouter(known)
      await next.runtime.apply(known, 'formation')
      expect(known.routerPort).toBe(port)
      expect(await text(known)).toBe('v1 web.1\n')
    } finally {
      await next.runtime.close()
    }
  }))

test('nothing starts after the end, or for an app that was removed', () =>
  withRuntime({}, async (test) => {
    const removed = await test.app()
    const app = await test.app()
    test.store.removeApp(removed)
    await test.runtime.removeApp(removed)
    await test.runtime.apply(removed, 'release')
    expect(test.runtime.dynos(removed)).toEqual([])
    await test.runtime.close()
    await test.runtime.apply(app, 'release')
    await test.runtime.restart(app, undefined)
    expect(test.runtime.dynos(app)).toEqual([])
    const release = app.releases[0]
    if (release === undefined) throw new Error('The app has no release')
    const late = test.runtime.runOneOff(app, release, { command: 'true', type: 'run' })
    await expect(late).rejects.toThrow('runs no more dynos')
  }))

test('removing an app stops all of it', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    await test.runtime.removeApp(app)
    await expect(fetch(url(app))).rejects.toThrow()
    expect(test.messages(app, { dyno: 'web.1' }).at(-1)).toBe('Process exited with status 0')
  }))
