import type { IntoClause, Node } from 'libpg-query'
import { knowFilled } from '../known.ts'
import { relationName } from '../sql-text.ts'
import type { Context, Draft } from './form.ts'
import { knowNew } from './new-columns.ts'
import { outputColumns, whyRepeated } from './output-columns.ts'
import { whyTaken } from './presence.ts'
import { reads, scanned } from './reads.ts'

/** A new table or materialized view with the rows of a query. */
export function fromQuery(
  into: IntoClause | undefined,
  isView: boolean,
  query: Node | undefined,
  context: Context,
): Draft[] {
  const relation = into?.rel
  const table = relationName(relation)
  const columns = outputColumns(query, into?.colNames, context.world)
  const sources = reads(query, context)
  return [
    {
      form: isView ? 'create materialized view' : 'create table as',
      relation: table,
      reversible: 'loses new data',
      creates: [{ kind: isView ? 'view' : 'table', name: table }],
      ...(relation?.relpersistence === 't' ? {} : whyTaken(table, 'relation', context.world)),
      ...whyRepeated(table, columns?.map(([name]) => name) ?? []),
      learn: (known) => {
        knowNew(known, relation, columns)
        knowFilled(known, table, scanned(sources))
      },
    },
    ...sources,
  ]
}
