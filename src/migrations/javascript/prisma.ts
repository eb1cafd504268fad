import { join } from 'node:path'
import type pg from 'pg'
import { PreconditionError } from '../../errors.ts'
import { foldersWith, requireFolder, type FolderQuestion } from '../find-folder.ts'
import { readHistory, resolveTable } from '../history.ts'
import { fileIn, isFile, listFolders } from '../project-files.ts'
import { readSource } from '../read-source.ts'
import { countStatements, isUndoneAsOne, readSqlFile, runsConcurrently } from '../sql-file.ts'
import { refused, requireDatabase, runStages, type Tool } from '../tool-run.ts'
import type {
  ApplyOptions,
  ApplyResult,
  Framework,
  MigrationConfig,
  MigrationContext,
  MigrationState,
  PendingMigration,
} from '../types.ts'
import { askOr, compare } from './compare.ts'
import { findSettings, foldersIn } from './code-settings.ts'
import { databaseRefusals, folderRefusals } from './prisma-refusals.ts'
import { findTool } from './program.ts'
import { writtenOutIn } from './written-out.ts'

/** Prisma Migrate: a folder and a migration.sql for each migration. It applies all that is pending, and undoes nothing. */
export const prisma: Framework = {
  name: 'prisma',
  historyTables: () => [table],
  recognise: async (directory, config) =>
    (await foldersWith(directory, config, await question(directory))).length > 0,
  read: readState,
  apply,
  reverse: async () => refused('Prisma Migrate undoes no migration.'),
}

const table = '_prisma_migrations'
const configName = /^prisma\.config\.[cm]?[jt]s$/
const columns = ['migration_name', 'checksum', 'finished_at', 'rolled_back_at']

/** Beside the schema, or beside the folder of its parts. */
const usual = ['prisma/migrations', 'prisma/schema/migrations', 'migrations', 'db/migrations']

async function question(directory: string): Promise<FolderQuestion> {
  const settings = await findSettings(directory, configName)
  return {
    tool: 'Prisma',
    usual,
    settings:
      settings === null ? null : foldersIn(settings.file, writtenOutIn(settings.text, 'migrations', 'path')),
    holds: async (folder) => (await namesIn(directory, folder)).length > 0,
  }
}

async function namesIn(directory: string, folder: string): Promise<string[]> {
  const names: string[] = []
  for (const name of await listFolders(join(directory, folder))) {
    if (await isFile(join(directory, folder, name, 'migration.sql'))) names.push(name)
  }
  return names
}

async function findMigrations(directory: string, config: MigrationConfig) {
  const folder = await requireFolder(directory, config, await question(directory))
  return { folder, names: await namesIn(directory, folder) }
}

interface Row {
  readonly name: string
  readonly checksum: string
  readonly finished: boolean
  readonly rolledBack: boolean
}

const tool: Tool = {
  name: 'Prisma',
  listApplied: async (client) => finished(await readRows(client)).map(({ name }) => name),
}

async function readRows(client: pg.Client): Promise<Row[]> {
  const rows = await readHistory(client, { name: table, columns, order: 'started_at' })
  return rows.map(({ migration_name: name, checksum, finished_at, rolled_back_at }) => ({
    name: name ?? '',
    checksum: checksum ?? '',
    finished: finished_at !== null,
    rolledBack: rolled_back_at !== null,
  }))
}

const finished = (rows: readonly Row[]) => rows.filter((row) => row.finished && !row.rolledBack)

async function readState(context: MigrationContext): Promise<MigrationState> {
  const { directory } = context
  const { folder, names } = await findMigrations(directory, context.config)
  const rows = await askOr(context, [], readRows)
  const done = finished(rows)
  const { pending, ...rest } = compare(
    names,
    done.map(({ name }) => name),
  )
  const failed = rows.filter((row) => !row.finished && !row.rolledBack)
  const fileOf = (name: string) => fileIn(folder, `${name}/migration.sql`)
  // Prisma sends the whole file as one query, and opens no transaction around it; its engine in JavaScript parts it into statements.
  const singleQuery = !(await usesJavascriptEngine(directory))
  const read = (id: string) =>
    readSqlFile(directory, {
      id,
      name: id.replace(/^\d+_/, ''),
      file: fileOf(id),
      transaction: false,
      singleQuery,
    })
  const changed: string[] = []
  for (const { name, checksum } of done)
    if (names.includes(name) && (await hasChanged(directory, fileOf(name), checksum)))
      changed.push(fileOf(name))
  return {
    framework: 'prisma',
    applied: done.map(({ name }) => name),
    ...rest,
    changed,
    pending: await Promise.all(pending.map(read)),
    problems: [
      ...failed.map(({ name }) => `${name} failed half-way: prisma migrate resolve must be run first.`),
      ...(await folderRefusals(directory, folder)),
      ...(pending.length === 0 ? [] : await askOr(context, [], (client) => databaseRefusals(client, table))),
    ],
  }
}

/** Prisma records the SHA-256 of what it ran, and forgives other line ends. */
async function hasChanged(directory: string, file: string, checksum: string): Promise<boolean> {
  const text = (await readSource(directory, file)).toString('latin1')
  const plain = text.replaceAll('\r\n', '\n')
  // Loaded here, because it takes time, and few projects need it.
  const { createHash } = await import('node:crypto')
  const sha256 = (bytes: string) => createHash('sha256').update(bytes, 'latin1').digest('hex')
  return ![text, plain, plain.replaceAll('\n', '\r\n')].some((form) => sha256(form) === checksum)
}

async function usesJavascriptEngine(directory: string): Promise<boolean> {
  const settings = await findSettings(directory, configName)
  return /\bengine\s*:\s*(['"])js\1/.test(settings?.text ?? '')
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
  const forgetFailure = (client: pg.Client, id: string) => forget(client, pending, id)
  const stage = { ids, concurrent, file, environment, forgetFailure }
  const command = [...first, 'migrate', 'deploy']
  return runStages(tool, context, [{ ...stage, arguments: command, direction: 'up' }], options)
}

/** Prisma runs nothing more until somebody says what became of a failed migration: here nothing did. As migrate resolve --rolled-back. */
async function forget(client: pg.Client, pending: readonly PendingMigration[], id: string): Promise<void> {
  const { sql = null, singleQuery = false } = pending.find((candidate) => candidate.id === id) ?? {}
  if (sql === null || !(await leavesNothing(sql, singleQuery))) return
  const name = await resolveTable(client, table)
  if (name === null) return
  await client.query(
    `update ${name} set rolled_back_at = now()
     where migration_name = $1 and finished_at is null and rolled_back_at is null`,
    [id],
  )
}

async function leavesNothing(sql: string, singleQuery: boolean): Promise<boolean> {
  return isUndoneAsOne(sql) && (singleQuery || (await countStatements(sql)) === 1)
}

/** Prisma's own driver takes the session's settings from the connection string alone. */
export function prismaUrl(url: string, lockTimeout: number): string {
  const address = new URL(url)
  const given = address.searchParams.get('options') ?? ''
  address.searchParams.set('options', `${given} -c lock_timeout=${Math.ceil(lockTimeout * 1000)}`.trim())
  // A blank is %20 there, and never '+'.
  address.search = address.search.replaceAll('+', '%20')
  return address.href
}
