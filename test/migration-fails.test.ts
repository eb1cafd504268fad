import { expect, test } from 'vitest'
import { withConnection } from '../src/postgres/connection.ts'
import { migrationFailsHalfWay } from '../tasks/demo/stories.ts'
import { expectStory } from './support/story.ts'
import { withWorld } from './support/world.ts'

test('a migration that fails half-way leaves no table, no invalid index and no release', async () => {
  await withWorld({}, async (world) => {
    await withConnection(world.databaseUrl ?? '', (client) =>
      client.query(`INSERT INTO items (idempotency_key, title) VALUES ('a', 'the same'), ('b', 'the same')`),
    )
    const { before, after, failures } = await expectStory(world, migrationFailsHalfWay)
    expect(after.version).toBe(before.version)
    expect(after.remoteCommit).toBe(before.remoteCommit)
    expect(failures).toEqual([])
    const invalid = await withConnection(world.databaseUrl ?? '', (client) =>
      client.query('SELECT indexrelid FROM pg_index WHERE NOT indisvalid'),
    )
    expect(invalid.rows).toEqual([])
  })
})
