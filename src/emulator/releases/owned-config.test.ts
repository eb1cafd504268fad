/** What a client may do to a config var that an add-on owns, as Heroku is believed to do and otherwise. */
import { expect, test } from 'vitest'
import { createBackups } from '../../../test/support/backups-session.ts'
import { withSession } from '../../../test/support/emulator-session.ts'

test('a change of DATABASE_URL is refused', () =>
  withSession({ timeScale: 0.005 }, async (session) => {
    const { app, url, call } = await createBackups(session)
    for (const value of ['mine', null]) {
      const refused = await call('PATCH', `/apps/${app}/config-vars`, { DATABASE_URL: value })
      expect(refused).toMatchObject({ status: 422, body: { id: 'invalid_params' } })
    }
    expect((await call('GET', `/apps/${app}/config-vars`)).body).toEqual({ DATABASE_URL: url })
  }))

test.each([
  [true, 'leaves it as it is'],
  [false, 'restores that of the release'],
])('a change of DATABASE_URL can be let in; with rollbackKeepsOwnedValues=%s a rollback %s', (keeps) =>
  withSession(
    { timeScale: 0.005, assumptions: { ownedConfigVarsProtected: false, rollbackKeepsOwnedValues: keeps } },
    async (session) => {
      const { app, url, call } = await createBackups(session)
      const repository = await session.repository()
      await repository.commit({ Procfile: 'web: sleep 1000\n' })
      expect(await repository.push(app)).toMatchObject({ exitCode: 0 })
      const releases = (await call('GET', `/apps/${app}/releases`)).body as unknown as { version: number }[]
      const changed = await call('PATCH', `/apps/${app}/config-vars`, { DATABASE_URL: 'mine' })
      expect(changed).toMatchObject({ status: 200, body: { DATABASE_URL: 'mine' } })
      const back = await call('POST', `/apps/${app}/releases`, { release: releases.at(-1)?.version })
      expect(back.status).toBe(201)
      expect((await call('GET', `/apps/${app}/config-vars`)).body).toEqual({
        DATABASE_URL: keeps ? 'mine' : url,
      })
    },
  ),
)
