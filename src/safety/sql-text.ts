import { scanSync, type ColumnDef, type Node, type RangeVar, type TypeName } from 'libpg-query'
import { allOf, as, strings } from './nodes.ts'
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
  return dotted([relation?.schemaname, relation?.relname])
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

function dotted(parts: readonly (string | undefined)[]): string {
  return parts.flatMap((part) => (part === undefined ? [] : [quoteName(part)])).join('.')
}

/** The last part of a name: 'items' of 'shop.items'. */
export function baseName(name: string): string {
  return /("(?:[^"]|"")+"|[^".]+)$/.exec(name)?.[0] ?? name
}

/** A name made of parts, for a new constraint or index: at most 63 bytes, like Postgres' own. */
export function inventName(...parts: readonly string[]): string {
  const plain = parts.map((part) => part.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'))
  return quoteName(plain.join('_').slice(0, 63))
}

// What the parser calls the types whose SQL names are several words or aliases.
const typeNames: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  bpchar: 'character',
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
  // 'timestamp(3) with time zone': the modifier follows the first word.
  const [first = '', ...rest] = modifiers.length > 0 && /^time/.test(name) ? name.split(' ') : [name]
  const modified = modifiers.length > 0 ? `${first}(${modifiers.join(',')})` : first
  return [modified, ...rest].join(' ') + '[]'.repeat(type?.arrayBounds?.length ?? 0)
}

/** True for the pseudo-types that bring their own sequence. */
export function isSerial(column: ColumnDef): boolean {
  const name = strings(column.typeName?.names).at(-1) ?? ''
  return /^(small|big)?serial[248]?$/.test(name)
}

/** A statement, and where its text starts in what was parsed. */
type SourceText = Pick<Statement, 'sql' | 'start'>

/**
 * The source text of a clause: from a location of the parse tree to the comma or bracket that ends it, or to the first keyword
 * of `stops` outside brackets.
 */
export function clauseAt(
  statement: SourceText,
  location: number | undefined,
  stops: readonly string[] = [],
): string {
  const start = Math.max(0, (location ?? statement.start) - statement.start)
  const { bytes, tokens, places } = scan(statement)
  const first = places.get(start) ?? tokens.findIndex((token) => token.start >= start)
  let depth = 0
  for (let index = first; index >= 0 && index < tokens.length; index++) {
    const { text = '', start: end = bytes.length } = tokens[index] ?? {}
    if (text === '(' || text === '[') depth++
    if (text === ')' || text === ']') depth--
    const stop = index > first && depth === 0 && stops.includes(text.toLowerCase())
    if (depth < 0 || (depth === 0 && (text === ',' || text === ';')) || stop)
      return bytes.subarray(start, end).toString().trim()
  }
  return bytes.subarray(start).toString().trim()
}

interface Scanned {
  readonly bytes: Buffer
  readonly tokens: readonly { readonly text: string; readonly start: number }[]
  /** The number of the token that starts at a byte. */
  readonly places: ReadonlyMap<number, number>
}

/** Of a statement with thousands of clauses each is asked for: it is read once. */
const scans = new WeakMap<SourceText, Scanned>()

function scan(statement: SourceText): Scanned {
  const known = scans.get(statement)
  if (known !== undefined) return known
  const tokens = isPlain(statement.sql) ? plainTokens(statement.sql) : scanSync(statement.sql).tokens
  const places = new Map(tokens.map(({ start }, index) => [start, index]))
  const scanned = { bytes: Buffer.from(statement.sql), tokens, places }
  scans.set(statement, scanned)
  return scanned
}

/** Whether it is ASCII in which no string, comment or quoted name can hide a bracket, a comma or a word. */
function isPlain(sql: string): boolean {
  // A quote that stays belongs to a name of more than letters, or to none.
  return /^[\w \t\r\n()[\].,:;=<>!+*%]*$/.test(sql.replaceAll(plainName, ''))
}

const plainName = /"\w+"/g
const plainToken = /"\w+"|\w+|\S/g

/** What the scanner says of a plain text, as far as clauses need it, in a fraction of its time. */
function plainTokens(sql: string): Scanned['tokens'] {
  return Array.from(sql.matchAll(plainToken), ({ 0: text, index: start }) => ({ text, start }))
}

/** The column that an expression is, when it is nothing else. */
export function columnOf(node: Node | undefined): string | undefined {
  const fields = as(node, 'ColumnRef')?.fields
  const name = strings(fields).at(-1)
  return name === undefined ? undefined : quoteName(name)
}
