import { expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { projectContext } from '../../test/support/project.ts'
import { withConnection } from '../postgres/connection.ts'
import { refuseHistories } from './known-histories.ts'

const server = sharedPostgres()

test.each([
  [
    'create table schema_migrations (version text)',
    'public.schema_migrations, in which dbmate, golang-migrate or',
  ],
  [
    'create schema drizzle; create table drizzle.__drizzle_migrations (id int)',
    'drizzle.__drizzle_migrations, in which Drizzle',
  ],
  ['create table "SequelizeMeta" (name text)', 'public.SequelizeMeta, in which Sequelize'],
])('%s: a tool that nobody recognised is missed', async (sql, message) => {
  const url = await server.createDatabase()
  await withConnection(url, async (client) => {
    const { config } = projectContext('/', url)
    await expect(refuseHistories(client, config)).resolves.toBeUndefined()
    await client.query(sql)
    await expect(refuseHistories(client, config)).rejects.toMatchObject({
      exitCode: 7,
      message: expect.stringContaining(message) as string,
    })
    const none = projectContext('/', url, { framework: 'none' })
    await expect(refuseHistories(client, none.config)).resolves.toBeUndefined()
  })
})
