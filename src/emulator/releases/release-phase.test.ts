/** What a release phase means for the app that serves meanwhile, through the API and git. */
import { expect, test } from 'vitest'
import { eventually, withSession, type Session } from '../../../test/support/emulator-session.ts'

const server = `
const { createServer } = require('node:http')
createServer((request, response) => response.end(process.env.GREETING || 'none')).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`
/** Takes as long as SLOW says, and fails when FAIL is set. */
const Procfile =
  'web: node server.js\nrelease: echo "phase of $GREETING"; sleep ${SLOW:-0}; test -z "$FAIL"\n'

const greeting = async (session: Session) => {
  const { body } = await session.call('GET', '/apps/phases')
  return await (await fetch(String(body['web_url']))).text()
}
const serves = (session: Session, wanted: string) =>
  eventually(`"${wanted}" to be served`, async () =>
    (await greeting(session)) === wanted ? true : undefined,
  )
const settled = (session: Session, version: number) =>
  eventually(`the end of v${version}`, async () => {
    const { body } = await session.call('GET', `/apps/phases/releases/${version}`)
    return body['status'] === 'pending' ? undefined : body
  })

async function deploy(session: Session) {
  await session.call('POST', '/apps', { name: 'phases' })
  const repository = await session.repository()
  await repository.commit({ 'server.js': server, Procfile })
  expect(await repository.push('phases')).toMatchObject({ exitCode: 0 })
  await serves(session, 'none')
  return repository
}

test('config changes and roll-backs run it, while the old dynos serve; a failure leaves them serving', async () => {
  await withSession({}, async (session) => {
    const { call } = session
    await deploy(session)
    await call('PATCH', '/apps/phases/config-vars', { GREETING: 'slow', SLOW: '1' })
    expect((await call('GET', '/apps/phases/releases/4')).body).toMatchObject({
      status: 'pending',
      current: false,
    })
    expect(await greeting(session)).toBe('none')
    expect((await call('GET', '/apps/phases/releases/3')).body).toMatchObject({ current: true })
    expect(await settled(session, 4)).toMatchObject({ status: 'succeeded', current: true })
    await serves(session, 'slow')

    await call('PATCH', '/apps/phases/config-vars', { GREETING: 'failing', FAIL: '1', SLOW: '0' })
    expect(await settled(session, 5)).toMatchObject({
      status: 'failed',
      current: false,
      eligible_for_rollback: false,
    })
    expect((await call('GET', '/apps/phases/config-vars')).body).toMatchObject({ GREETING: 'failing' })
    expect(await greeting(session)).toBe('slow')

    const target = (await call('GET', '/apps/phases/releases/4')).body
    const { body } = await call('POST', '/apps/phases/releases', { release: target['id'] })
    expect(await settled(session, 6)).toMatchObject({ status: 'succeeded', current: true })
    expect(await (await fetch(String(body['output_stream_url']))).text()).toBe('phase of slow\n')
  })
})

test('a second push of a commit builds and releases nothing', async () => {
  await withSession({}, async (session) => {
    const repository = await deploy(session)
    const again = await repository.push('phases')
    expect(again).toMatchObject({ exitCode: 0 })
    expect(again.output).toContain('Everything up-to-date')
    expect((await session.call('GET', '/apps/phases/builds')).body).toHaveLength(1)
    expect((await session.call('GET', '/apps/phases/releases')).body).toHaveLength(3)
  })
})

test('what is only believed can be set: branches, releases without a change, the quota', async () => {
  const assumptions = {
    deployedBranches: ['trunk'],
    noOpConfigChangeReleases: true,
    requestQuota: 30,
    requestRefill: 0.001,
    retryAfter: 7,
  }
  await withSession({ assumptions }, async (session) => {
    await session.call('POST', '/apps', { name: 'phases' })
    const repository = await session.repository()
    await repository.commit({ 'server.js': server, Procfile: 'web: node server.js\n' })
    await repository.push('phases')
    expect((await session.call('GET', '/apps/phases/builds')).body).toEqual([])
    expect((await repository.push('phases', 'main:trunk')).output).toContain('Build succeeded')
    await session.call('PATCH', '/apps/phases/config-vars', { A: '1' })
    await session.call('PATCH', '/apps/phases/config-vars', { A: '1' })
    const { body } = await session.call('GET', '/apps/phases/releases/5')
    expect(body).toMatchObject({ description: 'Set A config vars' })
    const answer = await eventually('the end of the quota', async () => {
      const found = await session.call('GET', '/apps')
      return found.status === 429 ? found : undefined
    })
    expect(answer.body).toMatchObject({ id: 'rate_limit' })
    expect(answer.headers.get('RateLimit-Remaining')).toBe('0')
    expect(answer.headers.get('Retry-After')).toBe('7')
  })
})
