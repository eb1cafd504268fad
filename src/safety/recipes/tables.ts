import type { Names } from '../effect.ts'
import type { Recipe } from '../finding.ts'
import { baseName } from '../sql-text.ts'
import { batches, forget, later, now, outsideTransaction, step } from './steps.ts'

export function dropTable({ table }: Names): Recipe {
  return {
    title: 'Drop it when no running release uses it',
    steps: [
      forget(`Deploy code that does not use ${table}`, table),
      step(later, 'Drop it; a backup is the only way back', `DROP TABLE ${table}`),
    ],
  }
}

export function renameTable(names: Names): Recipe {
  const { table } = names
  const newName = names.newName ?? 'new_name'
  return {
    title: 'Keep the old name alive as a view, in the same transaction',
    steps: [
      step(
        now,
        'Both statements in one migration',
        `ALTER TABLE ${table} RENAME TO ${baseName(newName)}`,
        `CREATE VIEW ${table} AS SELECT * FROM ${newName}`,
      ),
      step(now, `Deploy code that says ${newName}`),
      step(later, 'Drop the old name', `DROP VIEW ${table}`),
    ],
  }
}

export function batchedUpdate(names: Names): Recipe {
  const known = names.column !== undefined && names.expression !== undefined
  const outside =
    'Move it out of the migrations, into batches of a few thousand rows, each in a transaction of its own'
  return {
    title: 'Change the rows in batches',
    steps: known ? [batches(names, names.expression ?? '')] : [outsideTransaction(now, outside)],
  }
}

/** CONCURRENTLY needs a unique index; only its author knows which columns of the view tell its rows apart. */
export function refreshConcurrently({ table, index }: Names): Recipe {
  const key = step(
    now,
    'It needs a unique index over plain columns of the view, without a condition: CREATE UNIQUE INDEX CONCURRENTLY makes it beside the readers',
  )
  return {
    title: 'Refresh beside its readers',
    steps: [
      ...(index === undefined ? [key] : []),
      step(now, 'Readers go on', `REFRESH MATERIALIZED VIEW CONCURRENTLY ${table}`),
    ],
  }
}
