import { join } from 'node:path'
import { PreconditionError } from '../../errors.ts'
import { requireFolder } from '../find-folder.ts'
import { fileIn, findTable, listNames } from '../project-files.ts'
import { duplicateVersions, readSqlFile, readText, reverseBy, runsConcurrently } from '../sql-file.ts'
import { notTheNewest, refused, runStages, type Stage } from '../tool-run.ts'
import type {
  ApplyOptions,
  ApplyResult,
  Framework,
  MigrationConfig,
  MigrationContext,
  MigrationState,
  PendingMigration,
  RunOptions,
} from '../types.ts'
import { askOr, compare, toolWithNames } from './compare.ts'
import { foldersIn } from './code-settings.ts'
import { dependsOn, readPackage } from './package-json.ts'
import { findTool, javascript } from './program.ts'

/** node-pg-migrate: SQL with an up and a down half, or JavaScript, known by the names of their files without the ending. */
export const nodePgMigrate: Framework = {
  name: 'node-pg-migrate',
  historyTables: (config) => [historyTable(config)],
  recognise: (directory) => dependsOn(directory, 'node-pg-migrate'),
  read: readState,
  apply,
  reverse,
}

const historyTable = (config: MigrationConfig) => findTable(config, 'pgmigrations')

interface Found {
  readonly folder: string
  /** Ids and the names of their files, in the order in which they run. */
  readonly files: ReadonlyMap<string, string>
  /** Sentences about files that would run under one name. */
  readonly problems: readonly string[]
}

async function listFiles({ directory, config }: MigrationContext): Promise<Found> {
  const namesIn = async (folder: string) =>
    (await listNames(join(directory, folder))).filter((name) => !name.startsWith('.'))
  const folder = await requireFolder(directory, config, {
    tool: 'node-pg-migrate',
    usual: ['migrations', 'db/migrations'],
    settings: foldersIn('package.json', await foldersOfScripts(directory)),
    holds: async (candidate) => (await namesIn(candidate)).some((name) => /\.([cm]?[jt]s|sql)$/.test(name)),
  })
  const names = await namesIn(folder)
  const sorted = [...names].sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1))
  const named = sorted.map((name) => ({ id: name.replace(/\.[^.]*$/, ''), name }))
  return {
    folder,
    files: new Map(named.map(({ id, name }) => [id, name])),
    problems: duplicateVersions(named.map(({ id, name }) => ({ version: id, file: fileIn(folder, name) }))),
  }
}

/** The folders that the scripts of npm name. */
async function foldersOfScripts(directory: string): Promise<string[]> {
  const scripts = Object.values((await readPackage(directory))?.scripts ?? {})
  const option = /\bnode-pg-migrate\b[^&|;]*?\s(?:-m|--migrations-dir)[=\s]+(["']?)([^\s"']+)\1/g
  return scripts.flatMap((script) => Array.from(script.matchAll(option), ([, , folder]) => folder ?? ''))
}

/** A time in milliseconds, or one that is spelled out as a date: 20240102030405678. */
function numberOf(name: string): number {
  const digits = /^\d+/.exec(name)?.[0] ?? ''
  if (digits.length !== 17) return Number(digits)
  const [year, month, day, hour, minute, second, rest] = [0, 4, 6, 8, 10, 12, 14].map(
    (start, index, starts) => Number(digits.slice(start, starts[index + 1])),
  )
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second, rest)
}

const toolFor = (config: MigrationConfig) =>
  toolWithNames('node-pg-migrate', async () => historyTable(config), 'run_on, id')

async function readState(context: MigrationContext): Promise<MigrationState> {
  const found = await listFiles(context)
  const applied = await askOr(context, [], toolFor(context.config).listApplied)
  const { pending, missing, outOfOrder } = compare([...found.files.keys()], applied)
  return {
    framework: 'node-pg-migrate',
    applied,
    missing,
    outOfOrder,
    pending: await Promise.all(pending.map((id) => describe(context, found, id))),
    problems: [
      ...found.problems,
      ...outOfOrder.map(
        (id) => `node-pg-migrate refuses to run ${id}, because a later one is applied already.`,
      ),
      ...(outOfOrder.length === 0 ? differentOrder(applied, [...found.files.keys()]) : []),
    ],
  }
}

/** It compares what it ran with its files one by one, from the first. */
function differentOrder(applied: readonly string[], onDisk: readonly string[]): string[] {
  const index = applied.findIndex((id, place) => onDisk[place] !== undefined && onDisk[place] !== id)
  return index < 0
    ? []
    : [`node-pg-migrate refuses to run: where it ran ${applied[index]}, it finds ${onDisk[index]}.`]
}

async function describe(
  { directory }: MigrationContext,
  { folder, files }: Found,
  id: string,
): Promise<PendingMigration> {
  const file = fileIn(folder, files.get(id) ?? id)
  const shared = { id, name: id.replace(/^\d+[-_]/, ''), file }
  if (!file.endsWith('.sql'))
    return { ...shared, ...describeJavascript((await readText(directory, file)) ?? '') }
  const whole = { ...shared, transaction: true, singleQuery: true, sendsMark: true }
  const migration = await readSqlFile(directory, whole)
  if (migration.sql === null) return migration
  const { up, down, line } = halves(migration.sql)
  return { ...migration, sql: up, sqlLine: line, reverse: await reverseBy(down, true) }
}

function describeJavascript(text: string) {
  const transaction = !/\bnoTransaction\s*\(/.test(text)
  // Without a down function, node-pg-migrate infers one where it can.
  const available = !/\bdown\s*=\s*false\b/.test(text)
  return { ...javascript, transaction, singleQuery: false, reverse: { available, sql: null, transaction } }
}

/** The two halves of a file, as node-pg-migrate parts them. */
export function halves(text: string): {
  readonly up: string
  readonly down: string | null
  readonly line: number
} {
  const up = text.search(/^\s*--[\s-]*up\s+migration/im)
  const down = text.search(/^\s*--[\s-]*down\s+migration/im)
  const start = Math.max(0, up)
  const end = down >= 0 && (up < 0 || down > up) ? down : undefined
  return {
    up: up >= 0 ? text.slice(start, end) : text,
    down: down >= 0 ? text.slice(down, up > down ? up : undefined) : null,
    line: text.slice(0, start).split('\n').length,
  }
}

async function apply(context: MigrationContext, options: ApplyOptions = {}): Promise<ApplyResult> {
  const { pending, problems } = await readState(context)
  if (problems.length > 0) throw new PreconditionError(problems.join(' '))
  const stages: Stage[] = []
  for (const { id, sql } of pending.slice(0, options.count))
    stages.push({ ...(await stage(context, 'up', id)), concurrent: await runsConcurrently(sql) })
  return runStages(toolFor(context.config), context, stages, options)
}

async function reverse(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  const { files } = await listFiles(context)
  const missing = ids.find((id) => !files.has(id))
  if (missing !== undefined)
    return refused(`The file of migration ${missing} is missing, so it cannot be undone.`)
  const stages = await Promise.all(ids.map((id) => stage(context, 'down', id)))
  return runStages(toolFor(context.config), context, stages, options)
}

/** One step up or down: which migration that is, was made sure of before. */
async function stage(context: MigrationContext, direction: Stage['direction'], id: string): Promise<Stage> {
  const { folder } = await listFiles(context)
  const { file, first } = await findTool(context, 'node-pg-migrate')
  const { config } = context
  const parts = historyTable(config).split('.')
  return {
    direction,
    ids: [id],
    file,
    arguments: [
      ...[...first, direction, '1', '--migrations-dir', folder, '--migrations-table', parts.at(-1) ?? ''],
      ...['--database-url-var', config.migrations.urlVariable ?? 'DATABASE_URL'],
      ...(parts.length > 1 ? ['--migrations-schema', parts[0] ?? ''] : []),
    ],
    obstacle: (applied) => (direction === 'up' ? null : notTheNewest(id, applied)),
  }
}
