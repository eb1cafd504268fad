import pg from 'pg'

/** How the emulator itself reaches its server. */
export interface ServerAddress {
  readonly port: number
  readonly superuserPassword: string
}

/** Runs `work` with a session of the superuser in one database, and ends the session. */
export async function withAdministrator<T>(
  server: ServerAddress,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: 'postgres',
    password: server.superuserPassword,
    database,
    application_name: 'lockkeeper-emulator',
    connectionTimeoutMillis: 10_000,
    // What the platform does is not the app's load, and CREATE ROLE would leave a password in the statistics.
    options: '-c pg_stat_statements.track=none -c pg_stat_statements.track_utility=off',
  })
  // A server that stops under a session ends it with an event besides the failed query.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
