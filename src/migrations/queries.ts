import type { PendingMigration } from './types.ts'

/** The SQL of a migration that a framework sends text by text. */
export function joinQueries(
  texts: readonly string[] | null,
): Pick<PendingMigration, 'sql' | 'queries' | 'singleQuery'> {
  if (texts === null) return { sql: null, singleQuery: false }
  const queries: number[] = []
  let begin = 0
  for (const text of texts) {
    queries.push(begin)
    begin += text.length + separator.length
  }
  return { sql: texts.join(separator), queries, singleQuery: false }
}

const separator = '\n'
