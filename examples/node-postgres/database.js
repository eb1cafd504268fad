import pg from 'pg'

/**
 * A small pool: during a deploy with preboot the old and the new dynos hold their connections at the same time, and
 * the plan's limit has to be enough for both.
 */
export function openPool() {
  const connectionString = process.env.DATABASE_URL
  if (!connectionString) throw new Error('DATABASE_URL is not set.')
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(connectionString).hostname)
  const pool = new pg.Pool({
    connectionString,
    // Heroku Postgres demands TLS and signs its own certificates.
    ssl: local ? false : { rejectUnauthorized: false },
    max: Number(process.env.POOL_SIZE ?? 4),
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 10_000,
    application_name: process.env.DYNO ?? 'local',
  })
  // An idle connection that breaks (a failover, a restart) is replaced by the pool; it must not end the process.
  pool.on('error', (error) => console.error(`idle connection lost: ${error.message}`))
  return pool
}
