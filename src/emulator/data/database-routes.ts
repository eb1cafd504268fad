import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import type { Addon } from '../model.ts'
import type { Databases, Platform } from '../platform.ts'
import { databaseBody, type DatabaseFacts } from '../representation/database.ts'
import { requireAddon } from './identity.ts'
import { requireDatabase, type DatabaseRoute } from './require-database.ts'

/** Databases: what they are, whether they can be used, reset, unfollow, end sessions, credentials. */
export function registerDatabases(server: FastifyInstance, platform: Platform): void {
  const { store, databases } = platform
  server.get<DatabaseRoute>('/client/v11/databases/:db', async ({ params }) => {
    const addon = requireDatabase(store, params.db)
    const billingApp = store.app(addon.appId)?.name ?? ''
    return databaseBody(addon, billingApp, databases.url(addon), await factsOf(databases, addon))
  })
  server.get<DatabaseRoute>('/client/v11/databases/:db/wait_status', async ({ params }) => {
    const addon = requireAddon(store, params.db)
    if (addon.state !== 'provisioned') return { 'waiting?': true, message: 'preparing' }
    const answers = (await factsOf(databases, addon)) !== undefined
    return answers
      ? { 'waiting?': false, message: 'available' }
      : { 'waiting?': true, message: 'unavailable' }
  })
  server.put<DatabaseRoute>('/client/v11/databases/:db/reset', async ({ params }) => {
    await databases.reset(requireDatabase(store, params.db))
    return { message: 'Reset successful.' }
  })
  server.put<DatabaseRoute>('/client/v11/databases/:db/unfollow', async ({ params }) => {
    requireDatabase(store, params.db)
    return { message: 'The database follows no other.' }
  })
  server.post<DatabaseRoute>('/client/v11/databases/:db/connection_reset', async ({ params }) => {
    await databases.terminateConnections(requireDatabase(store, params.db))
    return { message: 'Connections terminated.' }
  })
  server.get<DatabaseRoute>('/postgres/v0/databases/:db/credentials', async ({ params }) =>
    credentials(databases, requireDatabase(store, params.db)),
  )
}

async function credentials(databases: Databases, addon: Addon) {
  const { hostname, port, pathname, username, password } = new URL(databases.url(addon))
  const connections = await databases.connectionCount(addon)
  const secret = { user: username, password, state: 'active', connections }
  const place = { host: hostname, port: Number(port), database: pathname.slice(1) }
  return [{ uuid: addon.id, name: 'default', state: 'active', ...place, credentials: [secret] }]
}

/** Undefined while the server does not answer. */
async function factsOf(databases: Databases, addon: Addon): Promise<DatabaseFacts | undefined> {
  try {
    const [bytes, connections, version, tables] = await Promise.all([
      databases.sizeBytes(addon),
      databases.connectionCount(addon),
      databases.version(),
      countTables(databases.url(addon)),
    ])
    return { bytes, connections, version, tables }
  } catch {
    return undefined
  }
}

async function countTables(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_class WHERE relkind IN ('r', 'p') AND relpersistence <> 't'
       AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')`,
    )
    return rows[0]?.count ?? 0
  } finally {
    await client.end().catch(() => undefined)
  }
}
