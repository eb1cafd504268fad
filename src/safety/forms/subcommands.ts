import type { AlterTableStmt } from 'libpg-query'
import type { Clause, Statement } from '../parse.ts'
import { placesBehindName } from '../sql-parts.ts'

/** Where each subcommand of an ALTER TABLE stands; none where there is only one, or that cannot be told. */
export function subcommandsOf(
  { cmds = [], relation }: AlterTableStmt,
  { sql, start, location: first }: Statement,
): readonly Clause[] {
  if (cmds.length < 2) return []
  const places = placesBehindName(sql, (relation?.location ?? start) - start)
  if (places.length !== cmds.length) return []
  let [at, line, column] = [0, first.line, first.column]
  return places.map(({ start: begin, end }) => {
    const passed = sql.slice(at, begin)
    const last = passed.lastIndexOf('\n')
    if (last >= 0) line += passed.split('\n').length - 1
    column = last >= 0 ? passed.length - last : column + passed.length
    at = begin
    return { location: { line, column, offset: first.offset + begin }, length: end - begin }
  })
}
