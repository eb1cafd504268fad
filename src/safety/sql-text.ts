import { scanSync, type Node, type RangeVar, type ScanToken, type TypeName } from 'libpg-query'
import { allOf, as, strings, within } from './nodes.ts'
import type { Statement } from './parse.ts'

const reserved = new Set(['TYPE_FUNC_NAME_KEYWORD', 'RESERVED_KEYWORD'])

/** A name as SQL must write it: quoted when it is a reserved word, or not all lower case. */
export function quoteName(name: string): string {
  if (/^[a-z_][a-z0-9_$]*$/.test(name) && !isReserved(name)) return name
  return `"${name.replaceAll('"', '""')}"`
}

/** Answers of the scanner, which takes its time: the same few words come up again and again. */
const answers = new Map<string, boolean>()
const mostAnswers = 10_000

function isReserved(name: string): boolean {
  // No keyword has a digit or a dollar sign.
  if (/[0-9$]/.test(name)) return false
  const known = answers.get(name)
  if (known !== undefined) return known
  const [token] = scanSync(name).tokens
  const answer = token !== undefined && reserved.has(token.keywordName)
  if (answers.size < mostAnswers) answers.set(name, answer)
  return answer
}

/** 'items' or 'shop.items', as the statement wrote it. */
export function relationName(relation: RangeVar | undefined): string {
  if (relation?.relname === undefined) return ''
  const name = quoteName(relation.relname)
  return relation.schemaname === undefined ? name : `${quoteName(relation.schemaname)}.${name}`
}

/** The names that the WITH clauses of a query give: they are no relations. */
export function commonNames(query: unknown): Set<string> {
  return new Set(within(query, 'CommonTableExpr').map(({ ctename }) => quoteName(ctename ?? '')))
}

/** A possibly qualified name from a list of String nodes. */
export function listName(nodes: readonly Node[] | undefined): string {
  return dotted(strings(nodes))
}

/** The name of an object that is no relation, as its node gives it. */
export function objectName(object: Node | undefined): string {
  const single = as(object, 'String')?.sval
  if (single !== undefined) return quoteName(single)
  return listName(
    as(object, 'List')?.items ?? as(object, 'TypeName')?.names ?? as(object, 'ObjectWithArgs')?.objname,
  )
}

function dotted(parts: readonly string[]): string {
  return parts.map(quoteName).join('.')
}

/** The last part of a name: 'items' of 'shop.items'. */
export function baseName(name: string): string {
  return /("(?:[^"]|"")+"|[^".]+)$/.exec(name)?.[0] ?? name
}

/** A name with the schema that a table is written with: 'shop.x' beside 'shop.items'. */
export function inSchemaOf(table: string, name: string): string {
  return table.slice(0, table.length - baseName(table).length) + name
}

/** A name made of parts, for a new constraint or index: at most 63 bytes, like Postgres' own. */
export function inventName(...parts: readonly string[]): string {
  const plain = parts.map((part) => part.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'))
  return quoteName(cutName(plain.join('_')))
}

const longestName = 63 // bytes

/** As Postgres cuts a name that is too long: between two letters. */
function cutName(name: string): string {
  if (Buffer.byteLength(name) <= longestName) return name
  return Buffer.from(name)
    .subarray(0, longestName)
    .toString()
    .replace(/\uFFFD+$/, '')
}

// What the parser calls the types whose SQL names are several words or aliases.
const typeNames: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  char: '"char"',
  varchar: 'character varying',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  varbit: 'bit varying',
}

/** A type as format_type prints it: 'character varying(20)', 'integer[]'. */
export function typeText(type: TypeName | undefined): string {
  const names = strings(type?.names).filter((name) => name !== 'pg_catalog')
  const name = names.length === 1 ? (typeNames[names[0] ?? ''] ?? dotted(names)) : dotted(names)
  const modifiers = allOf(type?.typmods, 'A_Const').flatMap(({ ival }) =>
    ival === undefined ? [] : [ival.ival ?? 0],
  )
  const dimensions = '[]'.repeat(type?.arrayBounds?.length ?? 0)
  if (modifiers.length === 0) return name + dimensions
  if (name === 'interval') return intervalText(modifiers) + dimensions
  // Without a length it has none; 'character' would mean one of 1.
  if (name === 'bpchar') return `character(${modifiers.join(',')})${dimensions}`
  // 'timestamp(3) with time zone': the modifier follows the first word.
  const [first = '', ...rest] = /^time/.test(name) ? name.split(' ') : [name]
  return [`${first}(${modifiers.join(',')})`, ...rest].join(' ') + dimensions
}

const fieldBits = { year: 2, month: 1, day: 3, hour: 10, minute: 11, second: 12 } as const

/** The first modifier of an interval holds a bit for each of its fields: all of them, where it names none. */
function intervalText([range = 0, digits]: readonly number[]): string {
  const fields = Object.entries(fieldBits).flatMap(([field, bit]) => ((range >> bit) & 1 ? [field] : []))
  const isWhole = fields.length === Object.keys(fieldBits).length
  const named = isWhole ? [] : [...new Set([fields[0], fields.at(-1)])]
  const precision = digits === undefined ? '' : `(${digits})`
  return ['interval', named.join(' to ')].filter((part) => part !== '').join(' ') + precision
}

const serialTypes: Readonly<Record<string, string>> = {
  smallserial: 'smallint',
  serial2: 'smallint',
  serial: 'integer',
  serial4: 'integer',
  bigserial: 'bigint',
  serial8: 'bigint',
}

/** The type that a column of a pseudo-type with its own sequence has; undefined for any other type. */
export function serialType(type: string): string | undefined {
  return serialTypes[type]
}

/** A statement, and where its text starts in what was parsed. */
type SourceText = Pick<Statement, 'sql' | 'start'>

/**
 * The source text of a clause: from a location of the parse tree to the comma or bracket that ends it, or to the first keyword
 * of `stops` outside brackets, or to where another clause begins; without the comments at its end, which would hide what is put behind it.
 */
export function clauseAt(
  statement: SourceText,
  location: number | undefined,
  stops: readonly string[] = [],
  next: number = Infinity,
): string {
  const start = Math.max(0, (location ?? statement.start) - statement.start)
  const end = next - statement.start
  const { sql } = statement
  // Of a statement with thousands of clauses each is asked for: it is scanned once.
  if (latest.sql !== sql) latest = { sql, scanned: isPlain(sql) ? null : scan(sql) }
  const { scanned } = latest
  return scanned === null ? plainClause(sql, start, end, stops) : scannedClause(scanned, start, end, stops)
}

/** Tells of one word or sign of a clause after the other whether it ends the clause. */
function clauseEnd(stops: readonly string[]): (token: string) => boolean {
  let depth = 0
  let isFirst = true
  return (token) => {
    if (token === '(' || token === '[') depth++
    else if (token === ')' || token === ']') depth--
    const isStop = !isFirst && depth === 0 && stops.includes(token.toLowerCase())
    isFirst = false
    return depth < 0 || (depth === 0 && (token === ',' || token === ';')) || isStop
  }
}

/** Whether it is ASCII in which no string, comment or quoted name can hide a bracket, a comma or a word. */
function isPlain(sql: string): boolean {
  // A quote that stays belongs to a name of more than letters, or to none.
  return /^[\w \t\r\n()[\].,:;=<>!+*%]*$/.test(sql.includes('"') ? sql.replaceAll(/"\w+"/g, '') : sql)
}

/** Without the scanner, in a fraction of its time. */
function plainClause(sql: string, start: number, end: number, stops: readonly string[]): string {
  const tokens = stops.length > 0 ? /"\w+"|\w+|[()[\],;]/g : /[()[\],;]/g
  tokens.lastIndex = start
  const ends = clauseEnd(stops)
  let token = tokens.exec(sql)
  while (token !== null && !ends(token[0])) token = tokens.exec(sql)
  return sql.slice(start, Math.min(end, token?.index ?? sql.length)).trim()
}

interface Scanned {
  readonly bytes: Buffer
  readonly tokens: readonly ScanToken[]
  /** The number of the token that starts at a byte. */
  readonly places: ReadonlyMap<number, number>
}

/** The statement of which a clause was asked for the last time; null for one that needs no scanner. */
let latest: { readonly sql: string; readonly scanned: Scanned | null } = { sql: '', scanned: null }

function scan(sql: string): Scanned {
  const { tokens } = scanSync(sql)
  const places = new Map(tokens.map(({ start }, index) => [start, index]))
  return { bytes: Buffer.from(sql), tokens, places }
}

function scannedClause(
  { bytes, tokens, places }: Scanned,
  start: number,
  end: number,
  stops: readonly string[],
): string {
  const ends = clauseEnd(stops)
  const first = places.get(start) ?? tokens.findIndex((token) => token.start >= start)
  let last = start
  for (let index = first < 0 ? tokens.length : first; index < tokens.length; index++) {
    const token = tokens[index]
    if (token === undefined || token.start >= end || ends(token.text)) break
    if (!comments.has(token.tokenName)) last = token.end
  }
  return bytes.subarray(start, last).toString().trim()
}

const comments = new Set(['SQL_COMMENT', 'C_COMMENT'])

/** The column that an expression is, when it is nothing else. */
export function columnOf(node: Node | undefined): string | undefined {
  const fields = as(node, 'ColumnRef')?.fields
  const name = strings(fields).at(-1)
  return name === undefined ? undefined : quoteName(name)
}
