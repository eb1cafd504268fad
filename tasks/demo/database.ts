import { withConnection } from '../../src/postgres/connection.ts'
import { fingerprint, readSchema } from '../../src/postgres/fingerprint.ts'

/** The hash of the app's schema. */
export async function readFingerprint(databaseUrl: string): Promise<string> {
  return withConnection(databaseUrl, async (client) => fingerprint(await readSchema(client)))
}

/**
 * The acknowledged writes that the database does not hold, by key. A row is looked at as a whole, because the column of
 * the title has another name in some stories.
 */
export async function findLostWrites(
  databaseUrl: string,
  acknowledged: ReadonlyMap<string, string>,
): Promise<string[]> {
  const expected = [...acknowledged]
  const { rows } = await withConnection(databaseUrl, (client) =>
    client.query<{ key: string; row: Record<string, unknown> }>(
      `SELECT idempotency_key AS key, to_jsonb(items) - 'idempotency_key' AS row
       FROM items WHERE idempotency_key = ANY ($1)`,
      [expected.map(([key]) => key)],
    ),
  )
  const held = new Map(rows.map(({ key, row }) => [key, Object.values(row)]))
  return expected.filter(([key, title]) => !held.get(key)?.includes(title)).map(([key]) => key)
}
