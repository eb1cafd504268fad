/**
 * Where the SQL statement that begins at `from` ends: the index after its semicolon, or undefined when the text ends first.
 * Understands what pg_dump writes: quoted and escape strings, quoted names, dollar quotes, comments, parentheses and the
 * BEGIN ATOMIC ... END body of a function, whose semicolons are not the end.
 */
export function statementEnd(text: string, from: number): number | undefined {
  const state = { parentheses: 0, blocks: 0, words: [] as string[] }
  interesting.lastIndex = from
  for (;;) {
    const match = interesting.exec(text)
    if (match === null) return undefined
    const token = match[0]
    if (token === ';') {
      if (state.parentheses === 0 && state.blocks === 0) return interesting.lastIndex
    } else if (token === '(') state.parentheses++
    else if (token === ')') state.parentheses--
    else if (wordStart.test(token)) countBlock(state, token.toLowerCase())
    else {
      const end = quotedEnd(text, match.index, token)
      if (end === undefined) return undefined
      interesting.lastIndex = end
    }
  }
}

// An escape string's prefix belongs to its quote; every other word is consumed whole, so that `case_a$b$` is no CASE and no quote.
const interesting =
  /[eE]'|['"();]|--|\/\*|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/g
const wordStart = /^[A-Za-z_\u0080-\uffff][^']*$/

interface BlockState {
  blocks: number
  words: string[]
}

/** As psql counts: only inside CREATE FUNCTION or PROCEDURE does BEGIN open a block; there CASE does too. */
function countBlock(state: BlockState, word: string): void {
  if (state.words.length < 4) state.words.push(word)
  if (state.words[0] !== 'create') return
  const kind = state.words[1] === 'or' ? state.words[3] : state.words[1]
  if (kind !== 'function' && kind !== 'procedure') return
  if (word === 'begin' || (word === 'case' && state.blocks > 0)) state.blocks++
  else if (word === 'end' && state.blocks > 0) state.blocks--
}

/** The index after a quoted part or comment that starts at `start`. */
function quotedEnd(text: string, start: number, token: string): number | undefined {
  if (token === '--') return after(text, '\n', start)
  if (token === '/*') return commentEnd(text, start)
  if (token.startsWith('$')) return after(text, token, start + token.length)
  if (token.length === 2) return escapeStringEnd(text, start + 2)
  // A doubled quote closes and opens again: the same place in the end.
  return after(text, token, start + 1)
}

function after(text: string, mark: string, from: number): number | undefined {
  const found = text.indexOf(mark, from)
  return found === -1 ? undefined : found + mark.length
}

function escapeStringEnd(text: string, from: number): number | undefined {
  const part = /\\[^]|'/g
  part.lastIndex = from
  for (let match = part.exec(text); match !== null; match = part.exec(text))
    if (match[0] === "'") return part.lastIndex
  return undefined
}

function commentEnd(text: string, from: number): number | undefined {
  const mark = /\/\*|\*\//g
  mark.lastIndex = from
  let depth = 0
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return undefined
}

/**
 * Cuts a stream of SQL into pieces of whole statements of about `size` characters, never holding much more than one piece or
 * one statement. The last piece is whatever remains (comments, or a statement without a semicolon).
 */
export async function* statementBatches(chunks: AsyncIterable<string>, size: number): AsyncGenerator<string> {
  let text = ''
  let end = 0
  let retryAt = 0
  for await (const chunk of chunks) {
    text += chunk
    // A statement far longer than a chunk is looked at again only when the text has doubled.
    if (text.length < retryAt) continue
    for (let next = statementEnd(text, end); next !== undefined; next = statementEnd(text, end)) {
      end = next
      if (end >= size) {
        yield text.slice(0, end)
        text = text.slice(end)
        end = 0
      }
    }
    retryAt = (text.length - end) * 2 + end
  }
  for (let next = statementEnd(text, end); next !== undefined; next = statementEnd(text, end)) end = next
  if (text.trim() !== '') yield text
}
