import { hasSqlDetails, loadModule, parseSync, type Node } from 'libpg-query'
import type { PendingMigration } from '../migrations/types.ts'
import { as } from './nodes.ts'

/** A place in a migration's file, as editors count. */
export interface Location {
  /** From 1, in the file. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** From 0, in UTF-16 code units, in the migration's SQL. */
  readonly offset: number
}

/** One SQL statement of a migration. */
export interface Statement {
  readonly sql: string
  readonly location: Location
  readonly node: Node
  /** The migration's id. */
  readonly migration: string
  /** Whether Postgres runs it inside a transaction block, explicit or implied. */
  readonly inTransaction: boolean
  /** Statements of a migration with the same number share a transaction, and so the locks that it holds. */
  readonly unit: number
  /** Where the statement starts in the migration's SQL, in bytes of UTF-8: the parser's own unit for locations. */
  readonly start: number
}

export interface ParsedMigration {
  readonly statements: readonly Statement[]
  /** Postgres' own words for a syntax error, and where it is. The whole migration has no statements then. */
  readonly error: { readonly message: string; readonly location: Location } | null
}

/** Splits a migration into its statements with Postgres' own parser. */
export async function parseMigration(migration: PendingMigration): Promise<ParsedMigration> {
  await loadModule()
  const source = migration.sql ?? ''
  // The parser answers an empty text with an error of its own making.
  if (source.trim() === '') return { statements: [], error: null }
  try {
    return { statements: withTransactions(split(source, migration), migration), error: null }
  } catch (error) {
    return { statements: [], error: syntaxError(error, source, migration.sqlLine) }
  }
}

type BareStatement = Omit<Statement, 'inTransaction' | 'unit'>

function split(source: string, migration: PendingMigration): BareStatement[] {
  // The parser counts bytes of UTF-8.
  const bytes = Buffer.from(source)
  return (parseSync(source).stmts ?? []).flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    if (stmt === undefined) return []
    const sql = bytes.subarray(start, length ? start + length : bytes.length).toString()
    const offset = bytes.subarray(0, start).toString().length
    const location = locate(source, offset, migration.sqlLine)
    return [{ sql: sql.trim(), location, node: stmt, migration: migration.id, start }]
  })
}

/** Follows BEGIN and COMMIT through the migration, on top of what the framework does around it. */
function withTransactions(statements: readonly BareStatement[], migration: PendingMigration): Statement[] {
  let open = migration.transaction
  let unit = 0
  const implied = migration.singleQuery && statements.length > 1
  return statements.map((statement) => {
    const control = as(statement.node, 'TransactionStmt')?.kind
    const ends = control === 'TRANS_STMT_COMMIT' || control === 'TRANS_STMT_ROLLBACK'
    const inTransaction = open || implied
    const result = { ...statement, inTransaction, unit }
    if (control === 'TRANS_STMT_BEGIN' || control === 'TRANS_STMT_START') open = true
    if (ends) open = false
    if (ends || !(open || implied)) unit++
    return result
  })
}

function syntaxError(error: unknown, source: string, line: number): ParsedMigration['error'] {
  if (!hasSqlDetails(error)) throw error
  const position = Math.max(0, error.sqlDetails?.cursorPosition ?? 0)
  // Postgres counts characters; JavaScript counts UTF-16 code units.
  const offset = Array.from(source).slice(0, position).join('').length
  return { message: error.message, location: locate(source, offset, line) }
}

function locate(source: string, offset: number, firstLine: number): Location {
  const before = source.slice(0, offset).split('\n')
  return { line: firstLine + before.length - 1, column: (before.at(-1)?.length ?? 0) + 1, offset }
}
