import { headCommit } from '../heroku/git-changes.ts'
import type { CommitMessage } from './assess.ts'

/** The message of the commit that is checked out; null when there is none. */
export async function headMessage(directory: string): Promise<CommitMessage | null> {
  const head = await headCommit(directory)
  return head === null ? null : { text: head.message, source: `commit ${head.id.slice(0, 8)}` }
}
