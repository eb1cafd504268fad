import { qualified } from '../../postgres/facts.ts'
import { relationName } from '../sql-text.ts'
import { hiddenWork } from './data.ts'
import type { Form } from './form.ts'
import { fromQuery } from './table-from-query.ts'

/** CREATE TABLE AS: a long read, which blocks nobody; what its query does besides is done as well, unless it says WITH NO DATA. */
export const createTableAs: Form<'CreateTableAsStmt'> = (node, context) => {
  const isView = node.objtype === 'OBJECT_MATVIEW'
  const table = relationName(node.into?.rel)
  const query = node.into?.skipData === true ? undefined : node.query
  const hidden = query === undefined ? [] : hiddenWork(query, 'create table as', context)
  // What is there already stays as it is.
  const exists = node.if_not_exists === true && Boolean(context.world.facts?.relation?.(table))
  if (exists && !context.world.known.dropped.has(qualified(table)))
    return [{ form: isView ? 'create materialized view' : 'create table as', names: { table } }, ...hidden]
  return [...fromQuery(node.into, isView, query, context), ...hidden]
}
