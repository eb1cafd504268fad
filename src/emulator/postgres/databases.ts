import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Addon } from '../model.ts'
import type { Databases } from '../platform.ts'
import { createQueue } from '../queue.ts'
import { accountForPostgres } from './account.ts'
import { withAdministrator } from './administrator.ts'
import { findBinaries } from './binaries.ts'
import { openCluster, postgresEnvironment, type Cluster, type PostgresReaper } from './cluster.ts'
import { openDataDirectory } from './data-directory.ts'
import * as sql from './database-sql.ts'
import { dumpDatabase } from './dump.ts'
import { connectionLimit } from './plans.ts'
import { finishReplacements, replaceDatabase, type RestoreTarget } from './replace-database.ts'
import { restoreDatabase } from './restore.ts'

export interface DatabasesParts {
  /** The emulator's state directory; the server lives in its `postgres` folder. */
  readonly directory: string
  readonly reaper: PostgresReaper
}

/** Starts the Postgres server of a state directory, with the data of the last run when there was one. */
export async function createDatabases(parts: DatabasesParts): Promise<Databases> {
  const account = accountForPostgres()
  const binaries = await findBinaries(account)
  const environment = postgresEnvironment(parts.reaper)
  const files = await openDataDirectory(parts.directory, binaries, account, environment)
  const cluster = openCluster(files, binaries, account, parts.reaper)
  await cluster.start()
  try {
    await recover(cluster)
  } catch (error) {
    await cluster.stop('fast')
    throw error
  }
  return databasesOf(cluster, path.join(parts.directory, 'postgres'))
}

/** Makes what every server has, and repairs what a kill in the middle of a restore left. */
async function recover(cluster: Cluster): Promise<void> {
  await withAdministrator(cluster, 'postgres', async (client) => {
    const maker = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [sql.makerRole])
    if (maker.rowCount === 0) await client.query(sql.createMaker())
  })
  await finishReplacements(cluster)
}

function databasesOf(cluster: Cluster, home: string): Databases {
  const target = (addon: Addon): RestoreTarget => {
    const { name: database, user: owner } = databaseOf(addon)
    return { port: cluster.port, superuserPassword: cluster.superuserPassword, database, owner }
  }
  const dump: Databases['dump'] = (addon, file, onProgress, signal) =>
    dumpDatabase(target(addon), file, onProgress, signal)
  // Two changes of the whole of one database never overlap.
  const changes = createQueue()
  const restore: Databases['restore'] = (addon, file, onProgress, signal) =>
    changes.run(addon.id, () => restoreDatabase(target(addon), file, onProgress, signal))

  return {
    port: cluster.port,
    url(addon) {
      const { name, user, password } = databaseOf(addon)
      return `postgres://${user}:${password}@127.0.0.1:${cluster.port}/${name}`
    },
    async create(addon, from) {
      await createEmpty(cluster, addon)
      if (from !== undefined) await copy(from, addon, path.join(home, 'copies'), dump, restore)
    },
    remove: (addon) => changes.run(addon.id, () => removeDatabase(cluster, addon)),
    reset: (addon) =>
      changes.run(addon.id, () => replaceDatabase(target(addon), () => installExtensions(target(addon)))),
    dump,
    restore,
    terminateConnections: async (addon) => {
      await query(cluster, sql.terminateSessions, [databaseOf(addon).name])
    },
    sizeBytes: async (addon) => {
      const rows = await query(cluster, 'SELECT pg_database_size($1)::float8 AS size', [
        databaseOf(addon).name,
      ])
      return Number(rows[0]?.['size'])
    },
    connectionCount: async (addon) =>
      Number((await query(cluster, sql.countSessions, [databaseOf(addon).user]))[0]?.['count']),
    version: async () => String((await query(cluster, 'SHOW server_version', []))[0]?.['server_version']),
    stopServer: () => cluster.stop('immediate'),
    startServer: () => cluster.start(),
    close: () => cluster.stop('fast'),
  }
}

function databaseOf(addon: Addon): NonNullable<Addon['database']> {
  if (addon.database === null) throw new Error(`The add-on ${addon.name} has no database.`)
  return addon.database
}

async function query(
  cluster: Cluster,
  text: string,
  values: readonly string[],
): Promise<Record<string, unknown>[]> {
  return await withAdministrator(
    cluster,
    'postgres',
    async (client) => (await client.query<Record<string, unknown>>(text, [...values])).rows,
  )
}

async function createEmpty(cluster: Cluster, addon: Addon): Promise<void> {
  const { name, user, password } = databaseOf(addon)
  await withAdministrator(cluster, 'postgres', async (client) => {
    await client.query(sql.createRole(user, password, connectionLimit(addon.plan)))
    for (const statement of sql.createDatabase(name, user, false)) await client.query(statement)
  })
  await installExtensions({ ...cluster, database: name, owner: user })
}

async function installExtensions(target: RestoreTarget): Promise<void> {
  await withAdministrator(target, target.database, async (client) => {
    await client.query(
      `${sql.becomeMaker()}; CREATE EXTENSION pg_stat_statements; ${sql.handOver(target.owner)}`,
    )
  })
}

async function removeDatabase(cluster: Cluster, addon: Addon): Promise<void> {
  const { name, user } = databaseOf(addon)
  await withAdministrator(cluster, 'postgres', async (client) => {
    for (const statement of [name, sql.nextName(name)].map(sql.dropDatabase)) await client.query(statement)
    await client.query(sql.dropRole(user))
  })
}

/** A fork: the contents of `from` at one moment, by way of a dump. */
async function copy(
  from: Addon,
  to: Addon,
  directory: string,
  dump: Databases['dump'],
  restore: Databases['restore'],
): Promise<void> {
  const file = path.join(directory, `${randomUUID()}.sql`)
  const { signal } = new AbortController()
  await mkdir(directory, { recursive: true, mode: 0o700 })
  try {
    await dump(from, file, () => undefined, signal)
    await restore(to, file, () => undefined, signal)
  } finally {
    await rm(file, { force: true })
  }
}
