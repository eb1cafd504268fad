import { scanSync, type ScanToken } from 'libpg-query'

/** Pieces of SQL text that the parse tree has no words for any more. Brackets, quotes and comments are understood. */

interface Piece {
  readonly bytes: Buffer
  readonly tokens: readonly DeepToken[]
}

/** A token with the number of brackets around it; a bracket counts as outside of itself. */
interface DeepToken extends ScanToken {
  readonly depth: number
}

function read(sql: string): Piece {
  const bytes = Buffer.from(sql)
  let depth = 0
  const tokens = scan(sql).flatMap((token) => {
    if (token.tokenName.includes('COMMENT')) return []
    if (token.text === ')' || token.text === ']') depth--
    const deep = { ...token, depth }
    if (token.text === '(' || token.text === '[') depth++
    return [deep]
  })
  return { bytes, tokens }
}

/** None for what is no SQL: the scanner answers that, and an empty text, with an error of its own making. */
function scan(sql: string): readonly ScanToken[] {
  try {
    return scanSync(sql).tokens
  } catch {
    return []
  }
}

const textOf = ({ bytes }: Piece, start: number, end: number = bytes.length): string =>
  bytes.subarray(start, end).toString().trim()

const isWord = ({ text, depth }: DeepToken, word: string): boolean =>
  depth === 0 && text.toLowerCase() === word

/** What follows the first such keyword outside brackets; undefined when it is not there. */
export function textAfter(sql: string, keyword: string): string | undefined {
  const piece = read(sql)
  const found = piece.tokens.find((token) => isWord(token, keyword))
  return found === undefined ? undefined : textOf(piece, found.end)
}

/** What stands before the first such keyword outside brackets: everything when it is not there. */
export function textBefore(sql: string, keyword: string): string {
  const piece = read(sql)
  return textOf(piece, 0, piece.tokens.find((token) => isWord(token, keyword))?.start)
}

/** What the first brackets hold that follow the keyword. */
export function bracketsAfter(sql: string, keyword: string): string | undefined {
  const rest = textAfter(sql, keyword)
  if (rest === undefined) return undefined
  const piece = read(rest)
  const open = piece.tokens.findIndex((token) => isWord(token, '('))
  const close = piece.tokens.slice(open + 1).find((token) => isWord(token, ')'))
  const start = piece.tokens[open]
  return start === undefined || close === undefined ? undefined : textOf(piece, start.end, close.start)
}

/** The parts between the commas outside brackets. */
export function itemsOf(list: string): string[] {
  const piece = read(list)
  const commas = piece.tokens.filter((token) => isWord(token, ','))
  const starts = [0, ...commas.map(({ end }) => end)]
  return starts.map((start, index) => textOf(piece, start, commas[index]?.start))
}

/**
 * Where the parts stand that commas outside brackets separate, behind the name at a byte of the text: in UTF-16 code units, each from
 * its first word to its last.
 */
export function placesBehindName(
  text: string,
  name: number,
): { readonly start: number; readonly end: number }[] {
  const { bytes, tokens } = read(text)
  let next = tokens.findIndex(({ start }) => start >= name) + 1
  while (tokens[next]?.text === '.') next += 2
  if (tokens[next]?.text === '*') next++
  const places: { start: number; end: number }[] = []
  let [byte, unit] = [0, 0]
  const unitAt = (place: number): number => {
    unit += bytes.length === text.length ? place - byte : bytes.toString('utf8', byte, place).length
    byte = place
    return unit
  }
  let isOpen = false
  for (const token of tokens.slice(next)) {
    const last = places.at(-1)
    if (isWord(token, ',')) isOpen = false
    else if (isOpen && last !== undefined) last.end = unitAt(token.end)
    else isOpen = places.push({ start: unitAt(token.start), end: unitAt(token.end) }) > 0
  }
  return places
}

/**
 * The expression of an element of an index, with its collation and without what only says how the index is kept: the class of its
 * operators and its order.
 */
export function indexedExpression(element: string): string {
  const piece = read(element)
  const { tokens } = piece
  let last = 0
  if (tokens[0]?.text !== '(') while (tokens[last + 1]?.text === '.') last += 2
  if (tokens[0]?.text === '(' || tokens[last + 1]?.text === '(') last = closing(tokens, last)
  if (tokens[last + 1]?.text.toLowerCase() === 'collate') {
    last += 2
    while (tokens[last + 1]?.text === '.') last += 2
  }
  return textOf(piece, 0, tokens[last]?.end)
}

function closing(tokens: readonly DeepToken[], from: number): number {
  const found = tokens.findIndex((token, index) => index > from && isWord(token, ')'))
  return found === -1 ? tokens.length - 1 : found
}
