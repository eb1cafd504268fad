import { parseSync, type Node } from 'libpg-query'

/** The statements of SQL that stands inside something else; undefined when Postgres does not accept it. */
export function parsed(sql: string): Node[] | undefined {
  try {
    return (parseSync(sql).stmts ?? []).flatMap(({ stmt }) => stmt ?? [])
  } catch {
    return undefined
  }
}
