import type { Allowance } from './accepted-risks.ts'

const mark = '[allow-unsafe-migrations]'

/** What a commit message accepts: everything, when it holds `[allow-unsafe-migrations]`. `source` names the commit. */
export function commitAllowances(message: string, source: string): Allowance[] {
  const said = withoutComments(message)
  if (!said.includes(mark)) return []
  const subject = said.replaceAll(mark, '').trim().split('\n')[0]?.trim()
  const reason = subject ? `${mark} ${subject}` : mark
  return [{ rule: null, reason, source, until: null }]
}

/** git's own lines in the file that an editor shows: comments, and the whole diff below the scissors. */
function withoutComments(message: string): string {
  const [text = ''] = message.split(/^# -+ >8 -+$/m)
  return text.replace(/^#.*$/gm, '')
}
