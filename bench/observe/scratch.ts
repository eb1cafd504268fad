import type pg from 'pg'
import { withConnection } from '../../src/postgres/connection.ts'
import { startPostgres, type Binaries } from '../../test/support/postgres.ts'

/** A server on which databases come and go. */
export interface Scratch {
  /** Databases made inside, the schema's own and copies of it, are dropped at the end, with the roles that they made. */
  withDatabases<T>(use: (create: (template?: string) => Promise<string>) => Promise<T>): Promise<T>
}

/** Starts a Postgres of the given programs, or of the installed version, and stops it when `use` ends. */
export async function withScratch<T>(use: (scratch: Scratch) => Promise<T>, binaries?: Binaries): Promise<T> {
  const settings = {
    shared_preload_libraries: 'pg_stat_statements',
    autovacuum: 'off',
    max_connections: '100',
  }
  const server = await startPostgres(settings, binaries)
  try {
    return await use({
      withDatabases: async (work) => {
        const urls: string[] = []
        try {
          return await work(async (template) => {
            const url = await server.createDatabase(template === undefined ? undefined : databaseOf(template))
            urls.push(url)
            return url
          })
        } finally {
          await withConnection(server.url, (client) => clear(client, urls.map(databaseOf)))
        }
      },
    })
  } finally {
    await server.close()
  }
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

async function clear(client: pg.Client, databases: readonly string[]): Promise<void> {
  for (const name of databases) await client.query(`drop database if exists "${name}" with (force)`)
  const { rows } = await client.query<{ role: string }>(
    `select format('%I', rolname) as role from pg_roles where rolname not like 'pg\\_%' and rolname <> current_user`,
  )
  for (const { role } of rows) await client.query(`drop role ${role}`)
}
