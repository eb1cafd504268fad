import { expect, test } from 'vitest'
import { eventually, withSession, type Session } from '../../../test/support/emulator-session.ts'

const server = `
const { createServer } = require('node:http')
createServer((request, response) => response.end(process.env.GREETING ?? 'hello')).listen(process.env.PORT)
process.on('SIGTERM', () => process.exit(0))
`

async function get(session: Session, app: string): Promise<string> {
  const { body } = await session.call('GET', `/apps/${app}`)
  const response = await fetch(String(body['web_url']))
  return `${response.status} ${await response.text()}`
}

test('a push builds, releases and serves; bad pushes leave the old release; a rollback returns to it', async () => {
  await withSession({}, async (session) => {
    const { call } = session
    expect((await call('POST', '/apps', { name: 'canal' })).status).toBe(201)
    const repository = await session.repository()
    const commit = await repository.commit({
      'server.js': server,
      Procfile: 'web: node server.js\nworker: sleep 1000\n',
    })

    const first = await repository.push('canal')
    expect(first.output).toContain('remote: -----> Build succeeded!')
    expect(first.output).toContain('Released v3')
    expect(first.exitCode).toBe(0)
    expect(await get(session, 'canal')).toBe('200 hello')

    const again = await repository.push('canal')
    expect(again.output).toContain('Everything up-to-date')
    expect((await call('GET', '/apps/canal/releases/3')).body).toMatchObject({
      current: true,
      status: 'succeeded',
      description: `Deploy ${commit.slice(0, 8)}`,
    })

    await repository.commit({ Procfile: 'web: node server.js\nrelease: echo migrating && exit 3\n' })
    const failing = await repository.push('canal')
    expect(failing.output).toContain('migrating')
    expect(failing.output).toContain('Waiting for release.... failed.')
    expect(failing.exitCode).toBe(0)
    expect((await call('GET', '/apps/canal/releases/4')).body).toMatchObject({
      status: 'failed',
      current: false,
    })
    expect((await call('GET', '/apps/canal/releases/3')).body).toMatchObject({ current: true })
    expect((await repository.git('ls-remote', `${session.emulator.url}/canal.git`, 'main')).output).toContain(
      await repository.git('rev-parse', 'HEAD').then(({ output }) => output.trim()),
    )

    await repository.commit({ 'bin/compile': '#!/bin/sh\necho cannot compile\nexit 1\n' })
    const broken = await repository.push('canal')
    expect(broken.output).toContain('cannot compile')
    expect(broken.output).toContain('Push rejected, failed to compile')
    expect(broken.output).toContain('pre-receive hook declined')
    expect(broken.exitCode).toBe(1)

    await call('PATCH', '/apps/canal/config-vars', { GREETING: 'good morning' })
    await eventually('the new greeting', async () =>
      (await get(session, 'canal')) === '200 good morning' ? true : undefined,
    )
    const v3 = (await call('GET', '/apps/canal/releases/3')).body
    const back = await call('POST', '/apps/canal/releases', { release: v3['id'] })
    expect(back.body).toMatchObject({ version: 6, description: 'Rollback to v3', status: 'succeeded' })
    expect((await call('GET', '/apps/canal/config-vars')).body).toEqual({})
    await eventually('the old greeting', async () =>
      (await get(session, 'canal')) === '200 hello' ? true : undefined,
    )
  })
})
