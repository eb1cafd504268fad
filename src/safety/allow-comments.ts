/** What a comment in a migration accepts. */
export interface AllowComment {
  /** From 1, in the text. */
  readonly line: number
  readonly rules: readonly string[]
  /** Empty when the comment gives none: it then accepts nothing. */
  readonly reason: string
  /** Whether it stands behind code on its line: it then speaks of that code. */
  readonly trailing: boolean
}

// In SQL, Python and Ruby, JavaScript: a line's comment, or a line of a block comment.
const marker = /(--|#|\/\/|\/\*|^\s*\*)[ \t]*lockkeeper:[ \t]*allow\b[ \t]*/i

/** The comments `lockkeeper: allow RULE because REASON` of a file, in any language that has comments. */
export function findAllowComments(text: string): AllowComment[] {
  // Nearly every file has none. For a text that is looked at once, this takes a tenth of what an expression takes.
  if (!text.toLowerCase().includes('lockkeeper:')) return []
  return text.split('\n').flatMap((content, index) => {
    const found = marker.exec(content)
    if (found === null) return []
    const words = content
      .slice(found.index + found[0].length)
      .replace(/\*\/\s*$/, '')
      .trim()
    const [names = '', ...reasons] = words.split(/\bbecause\b/i)
    return [
      {
        line: index + 1,
        rules: names.split(/[\s,]+/).filter((name) => name !== ''),
        reason: reasons.join('because').trim(),
        trailing: content.slice(0, found.index).trim() !== '',
      },
    ]
  })
}
