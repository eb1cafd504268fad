import { Agent, request as openRequest } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { setQuantities, until, withRuntime, type TestRuntime } from '../../../test/support/runtime.ts'
import type { App } from '../model.ts'

interface Load {
  readonly answers: { status: number; text: string }[]
  stop(): Promise<void>
}

/** So many clients, each on its own kept connection, each sending its next request when the last has been answered. */
function constantLoad(app: App, clients: number): Load {
  const answers: Load['answers'] = []
  let running = true
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const get = () =>
    new Promise<{ status: number; text: string }>((resolve) => {
      const request = openRequest({ host: '127.0.0.1', port: app.routerPort, agent }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('close', () =>
          resolve({ status: response.complete ? (response.statusCode ?? 0) : 0, text }),
        )
      })
      request.on('error', () => resolve({ status: 0, text: '' }))
      request.end()
    })
  const client = async () => {
    while (running) {
      answers.push(await get())
      await wait(3)
    }
  }
  const all = Array.from({ length: clients }, client)
  return {
    answers,
    async stop() {
      running = false
      await Promise.all(all)
      agent.destroy()
    },
  }
}

const failures = (load: Load) => load.answers.filter((answer) => answer.status !== 200)
const versions = ({ runtime }: TestRuntime, app: App) =>
  runtime.dynos(app).map((dyno) => `${dyno.name} v${dyno.releaseVersion}`)
const allUp = ({ runtime }: TestRuntime, app: App) =>
  until('all dynos up', () => runtime.dynos(app).every((dyno) => dyno.state === 'up'))
const finished = ({ operations }: TestRuntime, name: string) =>
  operations.all().filter((operation) => operation.name === name && operation.finishedAt !== null).length

test('with preboot no request fails, and the old dynos serve until the window ends', () =>
  withRuntime({ durations: { prebootWindow: 60 } }, async (test) => {
    const app = await test.app({ quantities: { web: 2 }, preboot: true })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const load = constantLoad(app, 8)
    await until('answered', () => load.answers.length > 0)
    for (const version of [2, 3]) {
      test.release(app)
      await test.runtime.apply(app, 'release')
      expect(versions(test, app)).toEqual([`web.1 v${version}`, `web.2 v${version}`])
      await allUp(test, app)
      expect(load.answers.at(-1)?.text).toContain(`v${version - 1}`)
      await until('switched', () => load.answers.at(-1)?.text.includes(`v${version}`) ?? false)
      await until('old ones stopped', () => finished(test, 'stop') === version - 1)
    }
    await load.stop()
    expect(failures(load)).toEqual([])
    expect(load.answers.length).toBeGreaterThan(100)
    expect(finished(test, 'preboot')).toBe(2)
    expect(finished(test, 'boot')).toBe(3)
  }))

test('without preboot requests are held while the new dynos boot, and none fails', () =>
  withRuntime({}, async (test) => {
    const app = await test.app({ quantities: { web: 2 } })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const load = constantLoad(app, 8)
    await until('load', () => load.answers.length > 50)
    test.release(app)
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    await until('new ones answer', () => load.answers.at(-1)?.text.includes('v2') ?? false)
    await load.stop()
    expect(failures(load)).toEqual([])
    const lines = test.messages(app, { source: 'heroku', dyno: 'web.1' })
    expect(lines.slice(2)).toEqual([
      'State changed from up to starting',
      'Stopping all processes with SIGTERM',
      'Process exited with status 0',
      'Starting process with command `node server.cjs`',
      'State changed from starting to up',
    ])
  }))

test('a second release in the window takes the place of the first', () =>
  withRuntime({ durations: { prebootWindow: 60 } }, async (test) => {
    const app = await test.app({ preboot: true })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const load = constantLoad(app, 2)
    for (const version of [2, 3]) {
      test.release(app)
      await test.runtime.apply(app, 'release')
      await allUp(test, app)
      expect(versions(test, app)).toEqual([`web.1 v${version}`])
    }
    await until('switched', () => load.answers.at(-1)?.text.includes('v3') ?? false)
    await load.stop()
    expect(failures(load)).toEqual([])
    expect(load.answers.some((answer) => answer.text.includes('v2'))).toBe(false)
  }))

test('traffic switches to crashed dynos, too: the platform does not judge', () =>
  withRuntime({ durations: { prebootWindow: 20, crashBackoff: 10_000 } }, async (test) => {
    const app = await test.app({ preboot: true })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    test.release(app, { processTypes: { web: 'exit 1' } })
    await test.runtime.apply(app, 'release')
    const get = async () => (await fetch(`http://127.0.0.1:${app.routerPort}/`)).status
    expect(await get()).toBe(200)
    await until('switched', async () => (await get()) === 503)
    expect(test.messages(app, { dyno: 'router' }).at(-1)).toContain('code=H10')
  }))

test('only web dynos overlap, and toggling preboot restarts nothing', () =>
  withRuntime({ durations: { prebootWindow: 1_000 } }, async (test) => {
    const app = await test.app({
      processTypes: { web: 'node server.cjs', worker: 'echo worker $HEROKU_RELEASE_VERSION; sleep 100' },
      quantities: { web: 1, worker: 1 },
    })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const ids = test.runtime.dynos(app).map((dyno) => dyno.id)
    app.preboot = true
    await test.runtime.apply(app, 'formation')
    expect(test.runtime.dynos(app).map((dyno) => dyno.id)).toEqual(ids)
    test.release(app, { processTypes: app.slugs[0]?.processTypes ?? {} })
    await test.runtime.apply(app, 'release')
    await until('new worker', () => test.messages(app, { dyno: 'worker' }).includes('worker v2'))
    expect(await (await fetch(`http://127.0.0.1:${app.routerPort}/`)).text()).toBe('v1 web.1\n')
    expect(test.messages(app, { dyno: 'worker' })).toContain('Process exited with status 143')
  }))

test('scaling in the window takes away old and new dynos alike; nothing is left to serve at zero', () =>
  withRuntime({ durations: { prebootWindow: 1_000 } }, async (test) => {
    const app = await test.app({ quantities: { web: 2 }, preboot: true })
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    test.release(app)
    await test.runtime.apply(app, 'release')
    await allUp(test, app)
    const get = async () => (await fetch(`http://127.0.0.1:${app.routerPort}/`)).text()
    setQuantities(app, { web: 1 })
    await test.runtime.apply(app, 'formation')
    expect(versions(test, app)).toEqual(['web.1 v2'])
    expect(await get()).toBe('v1 web.1\n')
    setQuantities(app, { web: 0 })
    await test.runtime.apply(app, 'formation')
    expect(await get()).toContain('Application error')
    setQuantities(app, { web: 1 })
    await test.runtime.apply(app, 'formation')
    expect(await get()).toBe('v2 web.1\n')
  }))

test('assumed otherwise, traffic waits for a window in which a new dyno is up', () =>
  withRuntime(
    {
      durations: { prebootWindow: 20, crashBackoff: 10_000 },
      assumptions: { prebootSwitchesToCrashed: false },
    },
    async (test) => {
      const app = await test.app({ preboot: true, configVars: { NAME: 'old' } })
      await test.runtime.apply(app, 'release')
      await until('up', () => test.runtime.dynos(app).every(({ state }) => state === 'up'))
      test.release(app, { processTypes: { web: 'exit 1' } })
      await test.runtime.apply(app, 'release')
      await until('crashed', () => test.runtime.dynos(app).every(({ state }) => state === 'crashed'))
      await wait(3 * 0.02 * 20 * 1000)
      expect((await fetch(`http://127.0.0.1:${app.routerPort}/`)).status).toBe(200)
    },
  ))

test('assumed otherwise, a restart of all web dynos does not overlap', () =>
  withRuntime(
    { durations: { prebootWindow: 1_000 }, assumptions: { prebootOnRestart: false } },
    async (test) => {
      const app = await test.app({ preboot: true })
      await test.runtime.apply(app, 'release')
      await until('up', () => test.runtime.dynos(app).every(({ state }) => state === 'up'))
      await test.runtime.restart(app, undefined)
      expect(test.operations.all().some(({ name }) => name === 'preboot')).toBe(false)
    },
  ))
