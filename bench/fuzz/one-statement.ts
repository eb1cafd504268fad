import { parseSync } from 'libpg-query'

/** Whether a text is one statement of SQL, as far as the parser reads. */
export function isOneStatement(text: string): boolean {
  try {
    return (parseSync(text).stmts ?? []).length === 1
  } catch (error) {
    return isTooDeep(error)
  }
}

/** What the judgement could just still read, a few words around it make too deep for the stack here; Postgres has its own. */
export const isTooDeep = (error: unknown): boolean => error instanceof RangeError
