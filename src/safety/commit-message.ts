import type { Allowance } from './accepted-risks.ts'

const mark = '[allow-unsafe-migrations]'

/**
 * What a commit message accepts: everything, when it holds `[allow-unsafe-migrations]`. `source` names the commit; `comments` are the
 * beginnings of lines that git leaves out.
 */
export function commitAllowances(
  message: string,
  source: string,
  comments: readonly string[] = ['#'],
): Allowance[] {
  const said = withoutQuotes(withoutComments(message, comments))
  if (!said.includes(mark)) return []
  const subject = said.replaceAll(mark, '').trim().split('\n')[0]?.trim()
  const reason = subject ? `${mark} ${subject}` : mark
  return [{ rule: null, reason, source, until: null }]
}

/** git's own lines in the file that an editor shows: comments, and the whole diff below the scissors. */
function withoutComments(message: string, comments: readonly string[]): string {
  const lines = message.split('\n')
  const isComment = (line: string): boolean => comments.some((beginning) => line.startsWith(beginning))
  const scissors = lines.findIndex((line) => isComment(line) && / -+ >8 -+\r?$/.test(line))
  return lines
    .slice(0, scissors < 0 ? undefined : scissors)
    .map((line) => (isComment(line) ? '' : line))
    .join('\n')
}

/** Whoever undoes a commit repeats its words, and does not mean them. */
function withoutQuotes(message: string): string {
  return message.replace(/^(?:Revert|Reapply) ".*"/gm, '')
}
