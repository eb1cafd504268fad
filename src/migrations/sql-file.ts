import type { RawStmt } from 'libpg-query'
import { takesTooLong } from './parser-cost.ts'
import { hasMark, markIsSent, noText, readSource, textOf } from './read-source.ts'
import type { PendingMigration, Reverse } from './types.ts'

/** A migration whose statements stand in files of their own. */
export interface SqlFile {
  readonly id: string
  readonly name: string
  /** Relative to the project. */
  readonly file: string
  /** The file that undoes it, relative to the project. */
  readonly downFile?: string | undefined
  readonly transaction: boolean
  readonly singleQuery: boolean
  /** The tool sends a byte order mark to Postgres. */
  readonly sendsMark?: boolean
}

const noWayBack: Reverse = { available: false, sql: null, transaction: true }

/** Reads the files of a migration. One that is not text in UTF-8, or no SQL as its tool sends it, is opaque. */
export async function readSqlFile(directory: string, migration: SqlFile): Promise<PendingMigration> {
  const { downFile, sendsMark = false, ...shared } = migration
  const bytes = await readSource(directory, migration.file)
  const isRefused = sendsMark && hasMark(bytes)
  const sql = isRefused ? null : textOf(bytes)
  const opaque = sql === null ? { opaque: isRefused ? markIsSent : noText } : {}
  const down = downFile === undefined ? null : await readText(directory, downFile)
  return { ...shared, sql, sqlLine: 1, ...opaque, reverse: await reverseBy(down, migration.transaction) }
}

/** An empty file would only make the framework forget the migration: it undoes nothing. */
export async function reverseBy(sql: string | null, transaction: boolean): Promise<Reverse> {
  if (sql === null || (await countStatements(sql)) === 0) return { ...noWayBack, transaction }
  return { available: true, sql, transaction }
}

/** How many statements a text holds; none where it is no SQL. */
export async function countStatements(sql: string): Promise<number> {
  return (await statementsOf(sql)).length
}

/** Whether a migration builds or drops an index concurrently. */
export async function runsConcurrently(sql: string | null): Promise<boolean> {
  const statements = await statementsOf(sql ?? '')
  return statements.some(({ stmt }) => stmt !== undefined && Object.values(stmt).some(isConcurrent))
}

/** None where the text is no SQL, or none that can be read. */
export async function statementsOf(sql: string): Promise<RawStmt[]> {
  if (sql.trim() === '' || takesTooLong(sql)) return []
  // Frameworks are recognised sooner without the parser.
  const { loadModule, parseSync } = await import('libpg-query')
  await loadModule()
  try {
    return parseSync(sql).stmts ?? []
  } catch {
    return []
  }
}

function isConcurrent(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'concurrent' in node && node.concurrent === true
}

/** Whether nothing remains of a text that failed and was sent as one query: unless it ended its transaction itself. */
export function isUndoneAsOne(sql: string): boolean {
  return !/\b(commit|end|rollback|concurrently|call|vacuum|database|tablespace|system)\b/i.test(sql)
}

/** The text of a file; null when it is not UTF-8. */
export async function readText(directory: string, file: string): Promise<string | null> {
  return textOf(await readSource(directory, file))
}

/** Sentences about versions that several files claim. */
export function duplicateVersions(
  files: readonly { readonly version: string; readonly file: string }[],
): string[] {
  const names = new Map<string, string[]>()
  for (const { version, file } of files) names.set(version, [...(names.get(version) ?? []), file])
  return [...names]
    .filter(([, same]) => same.length > 1)
    .map(([version, same]) => `The version ${version} is used by several files: ${same.join(' and ')}.`)
}
