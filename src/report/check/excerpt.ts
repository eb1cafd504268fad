import type { Location } from '../../safety/parse.ts'
import type { Excerpt } from './model.ts'

/** Lines of a statement that are shown at most. */
const mostLines = 4
/** Characters of a line that are shown at most, and how many of them before the statement. */
const widest = 120
const before = 40
const cut = '…'

/** Where a text is to be cut that is too long: at the place, or before it. */
export type Cut = (text: string, at: number) => number

/**
 * The lines of a migration's SQL at which a statement stands. `firstLine` is the line of the file at which the SQL starts. Takes
 * no longer for a text of one endless line.
 */
export function excerptOf(
  source: string,
  firstLine: number,
  { line, offset }: Location,
  length: number,
  place: Cut,
): Excerpt | null {
  if (offset > source.length || line < firstLine) return null
  const start = source.lastIndexOf('\n', Math.max(0, offset - 1)) + 1
  const lineStart = start > offset ? offset : start
  const first = window(source, lineStart, endOfLine(source, offset), offset, place)
  const shown = Math.min(offset + Math.max(1, length), endOfLine(source, offset))
  // The end of a line of Windows is not shown.
  const caret = Math.min(first.start, first.text.length)
  return {
    line,
    lines: [first.text, ...following(source, endOfLine(source, offset), offset + length, place)],
    start: caret,
    length: Math.max(1, Math.min(shown - offset, first.text.length - caret)),
  }
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}

/** The part of a line around a place. */
function window(
  source: string,
  start: number,
  end: number,
  at: number,
  place: Cut,
): { text: string; start: number } {
  const from =
    at - start > before && end - start > widest ? Math.max(start, place(source, at - before)) : start
  const to = end - from > widest ? Math.max(from, place(source, from + widest)) : end
  const head = from > start ? cut : ''
  const text = head + source.slice(from, to).replace(/\r$/, '') + (to < end ? cut : '')
  return { text, start: at - from + head.length }
}

function following(source: string, lineEnd: number, end: number, place: Cut): string[] {
  const lines: string[] = []
  let at = lineEnd + 1
  while (at < end) {
    if (lines.length === mostLines - 1) return [...lines, cut]
    const next = endOfLine(source, at)
    lines.push(window(source, at, next, at, place).text)
    at = next + 1
  }
  return lines
}
