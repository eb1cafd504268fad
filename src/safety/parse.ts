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

/** A part of a statement that stands for itself: a subcommand of an ALTER TABLE. */
export interface Clause {
  readonly location: Location
  /** In UTF-16 code units. */
  readonly length: number
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

/** What a judgement keeps of a statement: the tree of thousands would fill the memory. */
export type JudgedStatement = Omit<Statement, 'node'>

export interface ParsedMigration {
  readonly statements: readonly Statement[]
  /** Postgres' own words for a syntax error, and where it is. The whole migration has no statements then. */
  readonly error: { readonly message: string; readonly location: Location } | null
}

let loading: Promise<void> | undefined

/** What takes a moment, and must have ended before the first migration is split. */
export function loadParser(): Promise<void> {
  loading ??= loadModule().then(() => {
    // Much of the parser is compiled when it is first used: that is over then as well.
    parseSync('SELECT 1')
  })
  return loading
}

/** Splits a migration into its statements with Postgres' own parser. */
export function parseMigration(migration: PendingMigration): ParsedMigration {
  const source = migration.sql ?? ''
  // The parser answers an empty text with an error of its own making.
  if (source.trim() === '') return { statements: [], error: null }
  // It would end the text for the parser, and hide what follows.
  const end = source.indexOf('\0')
  if (end >= 0) return { statements: [], error: nulError(source.slice(0, end), migration.sqlLine) }
  try {
    return { statements: withTransactions(split(source, migration), migration), error: null }
  } catch (error) {
    return { statements: [], error: syntaxError(error, source, migration.sqlLine) }
  }
}

interface BareStatement extends Pick<Statement, 'sql' | 'location' | 'node' | 'start'> {
  /** Where it ends in the migration's SQL, in UTF-16 code units. */
  readonly end: number
}

function split(source: string, migration: PendingMigration): BareStatement[] {
  const slice = createSlicer(source)
  const locate = createLocator(slice, migration.sqlLine)
  return (parseSync(source).stmts ?? []).flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    if (stmt === undefined) return []
    const sql = slice(start, length ? start + length : undefined)
    const location = locate(start)
    return [{ sql: sql.trim(), location, node: stmt, start, end: location.offset + sql.length }]
  })
}

/** Follows BEGIN and COMMIT through the migration, on top of what the framework does around it. */
function withTransactions(statements: readonly BareStatement[], migration: PendingMigration): Statement[] {
  let open = migration.transaction
  let unit = 0
  const queries = queriesOf(statements, migration)
  return statements.map((statement, index) => {
    const query = queries?.[index]
    const goesOn = query !== undefined && query === queries?.[index + 1]
    const implied = goesOn || (query !== undefined && query === queries?.[index - 1])
    const control = as(statement.node, 'TransactionStmt')?.kind
    const ends = control === 'TRANS_STMT_COMMIT' || control === 'TRANS_STMT_ROLLBACK'
    const inTransaction = open || implied
    const { sql, location, node, start } = statement
    const result = { sql, location, node, migration: migration.id, inTransaction, unit, start }
    if (control === 'TRANS_STMT_BEGIN' || control === 'TRANS_STMT_START') open = true
    if (ends) open = false
    if (ends || !(open || goesOn)) unit++
    return result
  })
}

/** By statement, the number of the query string that it is sent in; undefined where each is sent by itself. */
function queriesOf(
  statements: readonly BareStatement[],
  { queries, singleQuery }: PendingMigration,
): readonly number[] | undefined {
  const begins = queries ?? (singleQuery ? [0] : undefined)
  if (begins === undefined) return undefined
  let query = 0
  return statements.map(({ end }) => {
    while ((begins[query] ?? Infinity) < end) query++
    return query
  })
}

function nulError(before: string, line: number): ParsedMigration['error'] {
  return { message: 'it holds a NUL character', location: endOf(before, line) }
}

/** Postgres quotes the word at which it gave up, however long that is. */
const longestMessage = 300

function syntaxError(error: unknown, source: string, line: number): ParsedMigration['error'] {
  if (!hasSqlDetails(error)) throw error
  const position = Math.max(0, error.sqlDetails?.cursorPosition ?? 0)
  // Postgres counts characters here.
  const before = Array.from(source).slice(0, position).join('')
  const message =
    error.message.length > longestMessage ? `${error.message.slice(0, longestMessage)}…` : error.message
  return { message, location: endOf(before, line) }
}

function endOf(text: string, line: number): Location {
  return createLocator(createSlicer(text), line)(Buffer.byteLength(text))
}

type Slicer = (start: number, end?: number) => string

/** Takes parts of a text by places in bytes of UTF-8, as the parser counts. */
function createSlicer(text: string): Slicer {
  // In plain ASCII a byte is a character.
  if (Buffer.byteLength(text) === text.length) return (start, end) => text.slice(start, end)
  const bytes = Buffer.from(text)
  return (start, end) => bytes.toString('utf8', start, end)
}

/** Turns places in bytes into places in the file. Places must be asked for in rising order: the text is read once. */
function createLocator(slice: Slicer, firstLine: number): (start: number) => Location {
  let byte = 0
  let offset = 0
  let line = firstLine
  let column = 1
  return (start) => {
    const passed = slice(byte, start)
    const last = passed.lastIndexOf('\n')
    byte = start
    offset += passed.length
    if (last >= 0) line += passed.split('\n').length - 1
    column = last >= 0 ? passed.length - last : column + passed.length
    return { line, column, offset }
  }
}
