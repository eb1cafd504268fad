import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, withSession, type Session } from '../../../test/support/emulator-session.ts'

const server = `
const { createServer } = require('node:http')
createServer((request, response) => response.end(process.env.GREETING)).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`
const Procfile = 'web: node server.js\nrelease: echo released $GREETING; test "$GREETING" != "broken"\n'

let session: Session
let finished: () => void
let ended: Promise<void>
beforeAll(async () => {
  await new Promise<void>((ready, failed) => {
    ended = withSession({}, async (opened) => {
      session = opened
      const closing = new Promise<void>((resolve) => (finished = resolve))
      await prepare()
      ready()
      await closing
    })
    ended.catch(failed)
  })
})
afterAll(async () => {
  finished()
  await ended
})

async function prepare(): Promise<void> {
  for (const name of ['stage', 'prod', 'other', 'alone']) await session.call('POST', '/apps', { name })
  await session.call('PATCH', '/apps/stage/config-vars', { GREETING: 'stage' })
  await session.call('PATCH', '/apps/prod/config-vars', { GREETING: 'prod' })
  await session.call('PATCH', '/apps/other/config-vars', { GREETING: 'broken' })
  const repository = await session.repository()
  await repository.commit({ 'server.js': server, Procfile })
  expect(await repository.push('stage')).toMatchObject({ exitCode: 0 })
  await session.call('POST', '/pipelines', { name: 'canal', owner: { id: 'x', type: 'user' } })
  for (const [app, stage] of [
    ['stage', 'staging'],
    ['prod', 'production'],
    ['other', 'production'],
  ])
    expect(
      (await session.call('POST', '/pipeline-couplings', { app, pipeline: 'canal', stage })).status,
    ).toBe(201)
}

async function idOf(path: string): Promise<string> {
  return String((await session.call('GET', path)).body['id'])
}

async function promote(from: string, ...to: string[]) {
  return session.call('POST', '/pipeline-promotions', {
    pipeline: { id: await idOf('/pipelines/canal') },
    source: { app: { id: await idOf(`/apps/${from}`) } },
    targets: await Promise.all(to.map(async (name) => ({ app: { id: await idOf(`/apps/${name}`) } }))),
  })
}

async function targetsOf(promotion: unknown) {
  return eventually('the end of the promotion', async () => {
    const path = `/pipeline-promotions/${String(promotion)}`
    if ((await session.call('GET', path)).body['status'] !== 'completed') return undefined
    return (await session.call('GET', `${path}/promotion-targets`)).body
  })
}

describe('pipelines', () => {
  test('are found by name and id, and know their apps', async () => {
    const { call } = session
    const { body } = await call('GET', '/pipelines?eq[name]=canal')
    expect(body).toMatchObject([{ name: 'canal', owner: { type: 'user' } }])
    expect((await call('GET', '/pipelines?eq[name]=none')).body).toEqual([])
    const id = await idOf('/pipelines/canal')
    expect((await call('GET', `/pipelines/${id}/pipeline-couplings`)).body).toHaveLength(3)
    expect((await call('GET', '/apps/prod/pipeline-couplings')).body).toMatchObject({
      app: { name: 'prod' },
      pipeline: { id, name: 'canal' },
      stage: 'production',
    })
    expect((await call('GET', '/apps/alone/pipeline-couplings')).status).toBe(404)
  })

  test('hold an app once, and only at stages that there are', async () => {
    const { call } = session
    const again = { app: 'prod', pipeline: 'canal', stage: 'staging' }
    expect((await call('POST', '/pipeline-couplings', again)).status).toBe(422)
    const unknown = { app: 'alone', pipeline: 'canal', stage: 'moon' }
    expect((await call('POST', '/pipeline-couplings', unknown)).status).toBe(422)
    expect((await call('POST', '/pipelines', { name: 'canal' })).status).toBe(422)
  })

  test('an app moves, leaves, and is forgotten when it is destroyed', async () => {
    const { call } = session
    await call('POST', '/apps', { name: 'guest' })
    const { body } = await call('POST', '/pipeline-couplings', {
      app: 'guest',
      pipeline: 'canal',
      stage: 'development',
    })
    const path = `/pipeline-couplings/${String(body['id'])}`
    expect((await call('PATCH', path, { stage: 'staging' })).body).toMatchObject({ stage: 'staging' })
    await call('DELETE', '/apps/guest')
    expect((await call('GET', path)).status).toBe(404)
  })
})

describe('a promotion', () => {
  test('copies the slug and nothing else, runs the target’s release phase, and serves', async () => {
    const { call } = session
    const { status, body } = await promote('stage', 'prod')
    expect(status).toBe(201)
    expect(body).toMatchObject({ source: { release: { id: await idOf('/apps/stage/releases/4') } } })
    expect(await targetsOf(body['id'])).toMatchObject([{ status: 'succeeded', error_message: null }])
    const release = (await call('GET', '/apps/prod/releases/4')).body
    const slug = (await call('GET', '/apps/stage/releases/4')).body['slug']
    expect(release).toMatchObject({ current: true, slug })
    expect(release['description']).toMatch(/^Promote stage v4 [\da-f]{8}$/)
    expect(await (await fetch(String(release['output_stream_url']))).text()).toBe('released prod\n')
    expect((await call('GET', '/apps/prod/config-vars')).body).toEqual({ GREETING: 'prod' })
    const app = (await call('GET', '/apps/prod')).body
    await eventually('the promoted code to serve', async () => {
      const text = await (await fetch(String(app['web_url']))).text()
      return text === 'prod' ? true : undefined
    })
  })

  test('fails where the release command fails, and leaves the target as it was', async () => {
    const { body } = await promote('stage', 'other')
    expect(await targetsOf(body['id'])).toMatchObject([
      { status: 'failed', error_message: 'The release command failed.' },
    ])
    expect((await session.call('GET', '/apps/other/releases/3')).body).toMatchObject({ current: true })
  })

  test('is refused to an app outside, to the source itself, and of an app without code', async () => {
    expect(await promote('stage', 'alone')).toMatchObject({ status: 422 })
    expect(await promote('stage', 'stage')).toMatchObject({ status: 422 })
    expect(await promote('other', 'prod')).toMatchObject({ status: 422 })
  })

  test('outlives its source: the target goes on with the slug', async () => {
    await session.call('DELETE', '/apps/stage')
    await session.call('DELETE', '/apps/prod/dynos')
    const app = (await session.call('GET', '/apps/prod')).body
    await eventually('the restarted app to serve', async () => {
      const response = await fetch(String(app['web_url']))
      return (await response.text()) === 'prod' ? true : undefined
    })
  })
})
