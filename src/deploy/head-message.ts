import { changesSince, headCommit } from '../heroku/git-changes.ts'
import { commitAllowances } from '../safety/commit-message.ts'
import type { CommitMessage } from './assess.ts'

/** The message of the commit that is checked out, and what it does not speak of; null when there is none. */
export async function headMessage(directory: string): Promise<CommitMessage | null> {
  const head = await headCommit(directory)
  if (head === null) return null
  const message = { text: head.message, source: `commit ${head.id.slice(0, 8)}` }
  if (commitAllowances(message.text, message.source).length === 0) return message
  const { added, edited } = await changesSince(directory, 'HEAD')
  return { ...message, except: new Set([...added, ...edited]) }
}
