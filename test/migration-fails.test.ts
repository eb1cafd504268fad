import { expect, test } from 'vitest'
import { withConnection } from '../src/postgres/connection.ts'
import { migrationFailsHalfWay } from '../tasks/demo/stories.ts'
import { expectStory } from './support/story.ts'
import { withWorld } from './support/world.ts'

test('a migration that fails half-way leaves no table and no release', async () => {
  await withWorld({}, async (world) => {
    await withConnection(world.databaseUrl ?? '', (client) =>
      client.query(`INSERT INTO items (idempotency_key, title) VALUES ('a', 'the same'), ('b', 'the same')`),
    )
    const { before, after, failures } = await expectStory(world, migrationFailsHalfWay)
    expect(after.version).toBe(before.version)
    expect(after.remoteCommit).toBe(before.remoteCommit)
    expect(failures).toEqual([])
  })
})

/** Fails in a migration, and in no question that is asked before it: those only read. */
const failingFunction = `
  CREATE FUNCTION number_of(title text) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('transaction_read_only') = 'off' THEN RAISE EXCEPTION 'no number'; END IF;
    RETURN 1;
  END $$;
  INSERT INTO items (idempotency_key, title) VALUES ('a', 'some title')`

test('an index that cannot be built leaves no invalid index', async () => {
  await withWorld({}, async (world) => {
    await withConnection(world.databaseUrl ?? '', (client) => client.query(failingFunction))
    const { failures } = await expectStory(world, {
      ...migrationFailsHalfWay,
      change: async () => ({
        'db/migrations/20260204090000_index_numbers.sql': [
          '-- migrate:up transaction:false',
          'CREATE INDEX CONCURRENTLY items_number ON items (number_of(title));',
          '-- migrate:down transaction:false',
          'DROP INDEX CONCURRENTLY IF EXISTS items_number;',
        ].join('\n'),
      }),
    })
    expect(failures).toEqual([])
    const invalid = await withConnection(world.databaseUrl ?? '', (client) =>
      client.query('SELECT indexrelid FROM pg_index WHERE NOT indisvalid'),
    )
    expect(invalid.rows).toEqual([])
  })
})
