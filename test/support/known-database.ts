import { withConnection } from '../../src/postgres/connection.ts'
import { readFacts, type Facts } from '../../src/postgres/facts.ts'
import type { TestPostgres } from './postgres.ts'

/** A database that this SQL makes, with what it tells of itself. */
export async function createKnownDatabase(
  server: TestPostgres,
  setup: string,
): Promise<{ readonly url: string; readonly facts: Facts }> {
  const url = await server.createDatabase()
  const facts = await withConnection(url, async (client) => {
    await client.query(setup)
    return readFacts(client)
  })
  return { url, facts }
}
