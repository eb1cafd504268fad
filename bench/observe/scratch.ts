import type pg from 'pg'
import { withConnection } from '../../src/postgres/connection.ts'
import { startPostgres, type Binaries } from '../../test/support/postgres.ts'

/** A server on which databases come and go. */
export interface Scratch {
  /** Roles made inside are dropped at the end, with the databases. */
  readonly withDatabases: <T>(
    use: (create: (template?: string) => Promise<string>) => Promise<T>,
  ) => Promise<T>
  /** The roles of the server and what they may, as one text. */
  readonly roles: () => Promise<string>
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
      roles: () => withConnection(server.url, readRoles),
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

async function readRoles(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ roles: string }>(
    `select coalesce(string_agg(r::text, ' ' order by r.rolname), '') as roles from pg_roles r where rolname not like 'pg\\_%'`,
  )
  return rows[0]?.roles ?? ''
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

// Dropping takes its time, and the server with all its databases is thrown away soon; but roles belong to all of them.
async function clear(client: pg.Client, databases: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ role: string }>(
    `select format('%I', rolname) as role from pg_roles where rolname not like 'pg\\_%' and rolname <> current_user`,
  )
  if (rows.length === 0) return
  for (const name of databases) await client.query(`drop database if exists "${name}" with (force)`)
  for (const { role } of rows) await client.query(`drop role ${role}`)
}
