import { relationName } from '../sql-text.ts'
import { hiddenWork, modifying } from './data.ts'
import { putOffChecks } from './deferred-checks.ts'
import type { Form } from './form.ts'
import { isView } from './known-views.ts'
import { parents } from './key-lookups.ts'
import { lockOnly } from './locks.ts'
import { reads } from './reads.ts'
import { refusedAbsent, refusedWrite } from './refused-writes.ts'

/** COPY: FROM writes rows like INSERT, TO reads them. */
export const copy: Form<'CopyStmt'> = (node, context) => {
  const table = relationName(node.relation)
  if (node.is_from === true)
    return [
      {
        ...lockOnly('copy', table, 'ROW EXCLUSIVE'),
        reversible: 'no',
        ...refusedWrite(node, context.world),
        learn: (known) => putOffChecks(known, table, { kind: 'insert', isSure: false }, context),
      },
      ...parents('copy', table, context.world),
    ]
  const source = node.query ?? (node.relation === undefined ? undefined : { RangeVar: node.relation })
  if (isView(table, context.world)) {
    const fails = `COPY reads no view: COPY (SELECT * FROM ${table}) reads what it shows`
    return [{ form: 'copy', relation: table, fails, names: { table } }]
  }
  const refused = node.query === undefined ? refusedAbsent(table, context.world) : {}
  const written =
    node.query === undefined || 'SelectStmt' in node.query ? [] : modifying(node.query, undefined, context)
  return [
    { form: 'copy', ...refused },
    ...written,
    ...hiddenWork(node, 'copy', context),
    ...reads(source, context),
  ]
}
