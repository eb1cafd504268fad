import { PreconditionError } from '../../errors.ts'
import { findProgram } from '../find-program.ts'
import { splitWords } from '../tool-session.ts'
import type { MigrationContext } from '../types.ts'

/** The program and its first arguments: what the user named, or the project's own. PreconditionError when it is not installed. */
export async function findTool(
  { directory, config }: MigrationContext,
  name: string,
): Promise<{ readonly file: string; readonly first: readonly string[] }> {
  if (config.migrations.command !== undefined) {
    const [file = name, ...first] = splitWords(config.migrations.command)
    return { file, first }
  }
  const file = await findProgram(directory, name)
  if (file !== undefined) return { file, first: [] }
  throw new PreconditionError(`${name} is not installed: it is neither in node_modules nor on the PATH.`, {
    next: ['npm install'],
  })
}

/** No statements are known of what is written in JavaScript. */
export const javascript = {
  sql: null,
  sqlLine: 1,
  opaque: 'It is JavaScript: what it sends is known only when it runs.',
}
