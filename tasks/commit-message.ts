import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CommitMessage } from '../src/deploy/assess.ts'
import { systemReason, UsageError } from '../src/errors.ts'

/** Bytes of a message at most: an editor may show the whole commit below it. */
const longest = 64 * 1024 * 1024

/** The message in a file that git gives to a hook. UsageError for one that cannot be read. */
export async function readCommitMessage(file: string, directory: string): Promise<CommitMessage> {
  const { commentMarks } = await import('../src/heroku/comment-marks.ts')
  const comments = await commentMarks(directory).catch(() => undefined)
  return { text: await readMessage(file), source: 'the commit message', comments }
}

async function readMessage(file: string): Promise<string> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new UsageError(`The commit message ${file} cannot be read: ${why}.`, { cause })
  }
  try {
    const found = await stat(resolve(file))
    // Reading from a pipe or a device may never end.
    if (!found.isFile()) return refuse('it is no file')
    if (found.size > longest) return refuse('it has more than 64 MB')
    return await readFile(resolve(file), 'utf8')
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    return refuse(systemReason(cause), cause)
  }
}
