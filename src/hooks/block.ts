/**
 * A marked block in somebody else's file. What is put in can be taken out again, and leaves the file as it was, byte for byte:
 * texts are therefore read and written as latin1, which keeps every byte.
 */
export interface Block {
  /** Parts the blocks of several projects in one repository. Empty for a project at the top. */
  readonly label: string
  /** Without marks, indentation and line breaks. */
  readonly lines: readonly string[]
}

export interface Place {
  /** Where the block begins: at the start of a line, or at the end of the text. */
  readonly offset: number
  readonly indent: string
}

/** What a begin mark says of the way in which the block came in. */
const notes = {
  broken: ' (after a line break of its own)',
  whole: ' (in a file of its own)',
  plain: '',
} as const

type Note = keyof typeof notes

export interface FoundBlock {
  readonly note: Note
  readonly start: number
  readonly end: number
}

const name = ({ label }: Pick<Block, 'label'>): string =>
  label === '' ? 'lockkeeper' : `lockkeeper in ${label}`
const beginMark = (block: Pick<Block, 'label'>, note: Note): string =>
  `# >>> ${name(block)}${notes[note]} >>>`
const endMark = (block: Pick<Block, 'label'>): string => `# <<< ${name(block)} <<<`

/** Puts the block in. Where the text before it has no line break at its end, it gets one that goes with the block. */
export function insertBlock(text: string, { offset, indent }: Place, block: Block, whole = false): string {
  const before = text.slice(0, offset)
  const broken = before !== '' && !before.endsWith('\n')
  const lineBreak = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n'
  const note = whole ? 'whole' : broken ? 'broken' : 'plain'
  const lines = [beginMark(block, note), ...block.lines, endMark(block)].map((line) => indent + line)
  const body = lines.join(lineBreak)
  return before + (broken ? lineBreak + body : body + lineBreak) + text.slice(offset)
}

/** Where the block stands, from its first to its last byte; null when it does not. */
export function findBlock(text: string, block: Pick<Block, 'label'>): FoundBlock | null {
  for (const note of Object.keys(notes) as Note[]) {
    const mark = text.indexOf(beginMark(block, note))
    const close = text.indexOf(endMark(block), mark)
    if (mark < 0 || close < 0) continue
    const start = text.lastIndexOf('\n', mark) + 1
    const closed = close + endMark(block).length
    if (note === 'broken')
      return { note, start: text[start - 2] === '\r' ? start - 2 : start - 1, end: closed }
    const end = text.indexOf('\n', closed)
    return { note, start, end: end < 0 ? text.length : end + 1 }
  }
  return null
}

/** The first block of any project that came into a text that was there; null when there is none. */
export function findPlainBlock(text: string): (FoundBlock & Block) | null {
  const mark = /^# >>> lockkeeper(?: in (.+))? >>>\r?$/m.exec(text)
  const label = mark?.[1] ?? ''
  const found = mark === null ? null : findBlock(text, { label })
  if (found === null || found.note !== 'plain') return null
  const lines = text.slice(found.start, found.end).trimEnd().split(/\r?\n/)
  return { ...found, label, lines: lines.slice(1, -1) }
}

/** The text without the block. */
export function withoutBlock(text: string, { start, end }: FoundBlock): string {
  return text.slice(0, start) + text.slice(end)
}
