import { scanSync } from 'libpg-query'
import { parsed } from '../forms/parsed.ts'
import { within } from '../nodes.ts'
import { columnOf } from '../sql-text.ts'

/** Whose columns are meant: of the statement's own table, or of the one that its foreign key points at. */
export interface Sides {
  readonly own: boolean
  readonly referenced: boolean
}

/** A statement with another column in place of one; undefined when it cannot be read. */
export function sayColumn(
  sql: string,
  from: string,
  to: string,
  sides: Sides = { own: true, referenced: false },
): string | undefined {
  const tree = parsed(sql)
  if (tree === undefined) return undefined
  const bytes = Buffer.from(sql)
  const places = [...expressionPlaces(tree, from), ...listPlaces(sql, from, sides)]
  const pieces: string[] = []
  let last = 0
  for (const start of [...new Set(places)].sort((a, b) => a - b)) {
    pieces.push(bytes.subarray(last, start).toString(), to)
    last = start + wordAt(bytes, start)
  }
  return pieces.join('') + bytes.subarray(last).toString()
}

/** Where expressions say the column: the parser knows. */
function expressionPlaces(tree: unknown, column: string): number[] {
  return within(tree, 'ColumnRef').flatMap((reference) =>
    reference.fields?.length === 1 && columnOf({ ColumnRef: reference }) === column
      ? [reference.location ?? 0]
      : [],
  )
}

/** Where a list of names in brackets says it: the parser does not keep the places of those. */
function listPlaces(sql: string, column: string, sides: Sides): number[] {
  const { tokens } = scanSync(sql)
  const places: number[] = []
  let depth = 0
  let referenced = false
  for (const [index, { text, start }] of tokens.entries()) {
    if (/^references$/i.test(text)) referenced = true
    if (text === '(') depth++
    if (text === ')') depth--
    // The list behind REFERENCES ends; what follows is of the own table: ON DELETE SET NULL (a).
    if (text === ')' && depth === 0) referenced = false
    const begins = depth === 1 && ['(', ','].includes(tokens[index - 1]?.text ?? '')
    const isName = !['(', '.', '='].includes(tokens[index + 1]?.text ?? '')
    const isMeant = referenced ? sides.referenced : sides.own
    if (begins && isName && isMeant && plainly(text) === column) places.push(start)
  }
  return places
}

const plainly = (name: string): string => (name.startsWith('"') ? name : name.toLowerCase())

function wordAt(bytes: Buffer, start: number): number {
  const [word = ''] = /^(?:"(?:[^"]|"")*"|[\w$\u0080-\uffff]+)/.exec(bytes.subarray(start).toString()) ?? []
  return Buffer.byteLength(word)
}
