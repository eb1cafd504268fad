import { join } from 'node:path'
import { PreconditionError } from '../../errors.ts'
import { readHistory } from '../history.ts'
import { findFolder, isFile, listFolders } from '../project-files.ts'
import { readSqlFile, runsConcurrently } from '../sql-file.ts'
import { refused, requireDatabase, runStages, type Tool } from '../tool-run.ts'
import type {
  ApplyOptions,
  ApplyResult,
  Framework,
  MigrationConfig,
  MigrationContext,
  MigrationState,
} from '../types.ts'
import { askOr, compare } from './compare.ts'
import { findTool } from './program.ts'

/** Prisma Migrate: a folder and a migration.sql for each migration. It applies all that is pending, and undoes nothing. */
export const prisma: Framework = {
  name: 'prisma',
  historyTables: () => [table],
  recognise: async (directory, config) => (await findMigrations(directory, config)).names.length > 0,
  read: readState,
  apply,
  reverse: async () => refused('Prisma Migrate undoes no migration.'),
}

const table = '_prisma_migrations'
const columns = ['migration_name', 'finished_at', 'rolled_back_at']

async function findMigrations(directory: string, config: MigrationConfig) {
  const folder = (await findFolder(directory, config, ['prisma/migrations'])) ?? 'prisma/migrations'
  const names: string[] = []
  for (const name of await listFolders(join(directory, folder))) {
    if (await isFile(join(directory, folder, name, 'migration.sql'))) names.push(name)
  }
  return { folder, names }
}

interface Row {
  readonly name: string
  readonly finished: boolean
  readonly rolledBack: boolean
}

const tool: Tool = {
  name: 'Prisma',
  listApplied: async (client) => finished(await readRows(client)),
}

async function readRows(client: Parameters<Tool['listApplied']>[0]): Promise<Row[]> {
  const rows = await readHistory(client, { name: table, columns, order: 'started_at' })
  return rows.map(({ migration_name: name, finished_at, rolled_back_at }) => ({
    name: name ?? '',
    finished: finished_at !== null,
    rolledBack: rolled_back_at !== null,
  }))
}

const finished = (rows: readonly Row[]) =>
  rows.filter((row) => row.finished && !row.rolledBack).map(({ name }) => name)

async function readState(context: MigrationContext): Promise<MigrationState> {
  const { folder, names } = await findMigrations(context.directory, context.config)
  const rows = await askOr(context, [], readRows)
  const applied = finished(rows)
  const { pending, ...rest } = compare(names, applied)
  const failed = rows.filter((row) => !row.finished && !row.rolledBack)
  // Prisma sends the whole file as one query, and opens no transaction around it.
  const read = (id: string) =>
    readSqlFile(context.directory, {
      id,
      name: id.replace(/^\d+_/, ''),
      file: `${folder}/${id}/migration.sql`,
      transaction: false,
      singleQuery: true,
    })
  return {
    framework: 'prisma',
    applied,
    ...rest,
    pending: await Promise.all(pending.map(read)),
    problems: failed.map(({ name }) => `${name} failed half-way: prisma migrate resolve must be run first.`),
  }
}

async function apply(context: MigrationContext, options: ApplyOptions = {}): Promise<ApplyResult> {
  const { url } = requireDatabase(context)
  const { pending, problems } = await readState(context)
  if (problems.length > 0) throw new PreconditionError(problems.join(' '))
  if (options.count !== undefined && options.count < pending.length)
    return refused('Prisma Migrate applies all pending migrations or none.')
  if (pending.length === 0) return runStages(tool, context, [], options)
  const { file, first } = await findTool(context, 'prisma')
  const concurrent = (await Promise.all(pending.map(({ sql }) => runsConcurrently(sql)))).some(Boolean)
  const variable = context.config.migrations.urlVariable ?? 'DATABASE_URL'
  const environment = { [variable]: prismaUrl(url, context.config.migrate.lockTimeout) }
  const ids = pending.map(({ id }) => id)
  const stage = { ids, concurrent, file, environment, arguments: [...first, 'migrate', 'deploy'] }
  return runStages(tool, context, [{ ...stage, direction: 'up' }], options)
}

/** Prisma's own driver takes the session's settings from the connection string alone. */
export function prismaUrl(url: string, lockTimeout: number): string {
  const address = new URL(url)
  address.searchParams.set('options', `-c lock_timeout=${Math.ceil(lockTimeout * 1000)}`)
  // A blank is %20 there, and never '+'.
  address.search = address.search.replaceAll('+', '%20')
  return address.href
}
