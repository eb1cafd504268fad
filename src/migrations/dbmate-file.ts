import { hasMark } from './read-source.ts'

/** One half of a dbmate migration file. */
export interface DbmateBlock {
  /** From its directive to the end of the block: what dbmate sends, comments included. */
  readonly sql: string
  /** The line of the file at which it starts, from 1. */
  readonly line: number
  readonly transaction: boolean
}

export interface DbmateFile {
  readonly up: DbmateBlock
  readonly down: DbmateBlock
}

// dbmate's own expressions, written in Go: there, '.' and '$' know only '\n' as the end of a line, and '\s' only ASCII.
const upDirective = /(?<![^\n])--[\t\n\f\r ]*migrate:up(?:[\t\n\f\r ]*(?![^\n])|[\t\n\f\r ]+[^\t\n\f\r ]+)/g
const downDirective =
  /(?<![^\n])--[\t\n\f\r ]*migrate:down(?:[\t\n\f\r ]*(?![^\n])|[\t\n\f\r ]+[^\t\n\f\r ]+)/g

/** Whether a file was meant for dbmate, be it in an encoding that dbmate does not read. */
export const hasDirective = (bytes: Buffer): boolean =>
  /^\uFEFF?--\s*migrate:(?:up|down)/m.test(bytes.toString()) ||
  bytes.includes(Buffer.from('migrate:up', 'utf16le'))

/** Why dbmate finds nothing in bytes that hold directives; null where their encoding is not to blame. */
export function encodingProblem(bytes: Buffer): string | null {
  if (hasMark(bytes)) return 'it begins with a byte order mark: save it as UTF-8 without one'
  return bytes.includes(0) ? 'it is not UTF-8: save it in that encoding' : null
}

/** Reads a migration file as dbmate does. A string says why dbmate refuses it, or stops half-way. */
export function parseDbmateFile(contents: string): DbmateFile | string {
  const ups = placesOf(upDirective, contents)
  const [up] = ups
  if (up === undefined) return `it has no '-- migrate:up' line`
  const downs = placesOf(downDirective, contents)
  const [down] = downs
  if (down === undefined) return `it has no '-- migrate:down' line`
  if (down < up) return `'-- migrate:down' stands before '-- migrate:up'`
  // dbmate runs each pair, and records the same version twice: the second pair fails after the first is applied.
  if (ups.length > 1 || downs.length > 1)
    return `it has more than one '-- migrate:up' or '-- migrate:down' line`
  if (hasStatements(contents.slice(0, up))) return `it has statements before '-- migrate:up'`
  return { up: block(contents, up, down), down: block(contents, down, contents.length) }
}

function placesOf(directive: RegExp, contents: string): number[] {
  // Most files with SQL are not dbmate's.
  if (!contents.includes('migrate:')) return []
  return Array.from(contents.matchAll(directive), ({ index }) => index)
}

function hasStatements(text: string): boolean {
  return text.split('\n').some((line) => !/^[\t\n\f\r ]*($|--)/.test(line))
}

function block(contents: string, start: number, end: number): DbmateBlock {
  const sql = contents.slice(start, end)
  return { sql, line: contents.slice(0, start).split('\n').length, transaction: !isOutsideTransaction(sql) }
}

// Options are words such as 'transaction:false' on the directive's own line; the last one counts.
function isOutsideTransaction(sql: string): boolean {
  const [line = ''] = sql.split('\n')
  const words = line
    .replace(/^--[\t\n\f\r ]*migrate:(?:up|down)/, '')
    .trim()
    .split(/[\t\n\f\r ]+/)
  const pairs = words.map((word) => word.split(':')).filter((pair) => pair.length === 2)
  return pairs.findLast(([key]) => key === 'transaction')?.[1] === 'false'
}
