import { scanSync } from 'libpg-query'
import type { Place } from './places.ts'

/** What a comment in a migration accepts. */
export interface AllowComment {
  /** Where it says so, in the text. */
  readonly place: Place
  readonly rules: readonly string[]
  /** Empty when the comment gives none: it then accepts nothing. */
  readonly reason: string
  /** Whether it stands behind code on its line: it then speaks of that code. */
  readonly trailing: boolean
}

/** A comment as it stands in the text, or a line of one that has many. */
interface Line {
  readonly place: Place
  readonly text: string
  readonly trailing: boolean
}

const demand = String.raw`[ \t]*lockkeeper:[ \t]*allow\b[ \t]*`
/** In SQL, where it is known what a comment is: at the start of one, or of one of its lines. */
const inComment = new RegExp(String.raw`^(?:--|/\*|\s*\*)?${demand}`, 'i')
/** In Python and Ruby, JavaScript, and in SQL that Postgres cannot read. */
const inLine = new RegExp(String.raw`(?:--|#|//|/\*|^\s*\*)${demand}`, 'i')

/**
 * The comments `lockkeeper: allow RULE because REASON` of a file. In SQL only comments count, and not what looks like one in a string; in
 * other languages each line that holds one. The parser must be loaded.
 */
export function findAllowComments(text: string, isSql: boolean): AllowComment[] {
  // Nearly every file has none. For a text that is looked at once, this takes a tenth of what an expression takes.
  if (!text.toLowerCase().includes('lockkeeper:')) return []
  const comments = isSql ? sqlComments(text) : undefined
  return comments === undefined ? read(wholeLines(text), inLine) : read(comments, inComment)
}

function read(lines: readonly Line[], marker: RegExp): AllowComment[] {
  return lines.flatMap(({ place, text, trailing }) => {
    const found = marker.exec(text)
    if (found === null) return []
    const words = text
      .slice(found.index + found[0].length)
      .replace(/\*\/\s*$/, '')
      .trim()
    const [names = '', ...reasons] = words.split(/\bbecause\b/i)
    return [
      {
        place: { line: place.line, column: place.column + found.index },
        rules: names.split(/[\s,]+/).filter((name) => name !== ''),
        reason: reasons.join('because').trim(),
        trailing: trailing || text.slice(0, found.index).trim() !== '',
      },
    ]
  })
}

function wholeLines(text: string): Line[] {
  return text
    .split('\n')
    .map((line, index) => ({ place: { line: index + 1, column: 1 }, text: line, trailing: false }))
}

/** The comments that Postgres' own scanner finds, line by line; undefined for what it cannot read. */
function sqlComments(text: string): Line[] | undefined {
  try {
    const { tokens } = scanSync(text)
    const bytes = Buffer.from(text)
    let [byte, line, column] = [0, 1, 1]
    let last = 0 // the line on which the code before ends
    return tokens.flatMap(({ start, end, tokenName }) => {
      const passed = bytes.toString('utf8', byte, start)
      const breaks = passed.split('\n')
      line += breaks.length - 1
      column = breaks.length > 1 ? (breaks.at(-1) ?? '').length + 1 : column + passed.length
      byte = start
      const own = bytes.toString('utf8', start, end).split('\n')
      if (tokenName === 'SQL_COMMENT' || tokenName === 'C_COMMENT') {
        const [at, trailing] = [{ line, column }, last === line]
        return own.map((part, index) => ({
          place: index === 0 ? at : { line: at.line + index, column: 1 },
          text: part,
          trailing: trailing && index === 0,
        }))
      }
      last = line + own.length - 1
      return []
    })
  } catch {
    return undefined
  }
}
