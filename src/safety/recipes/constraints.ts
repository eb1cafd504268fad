import type { Names } from '../effect.ts'
import type { Recipe } from '../finding.ts'
import { baseName, inventName } from '../sql-text.ts'
import { uniqueIndex } from './indexes.ts'
import { notNullSteps } from './not-null.ts'
import { addColumn, column, now, step } from './steps.ts'

/** VALIDATE later, in a transaction of its own. */
export function notValid(names: Names): Recipe {
  const { table, definition = '' } = names
  const constraint = names.constraint ?? inventName(baseName(table), column(names), 'check')
  const body = /^constraint\b/i.test(definition) ? definition : `CONSTRAINT ${constraint} ${definition}`
  return {
    title: 'Add it NOT VALID, and validate it in another migration',
    steps: [
      step(now, 'Check new rows only', `ALTER TABLE ${table} ADD ${body} NOT VALID`),
      step(
        now,
        'Check the old rows beside the traffic',
        `ALTER TABLE ${table} VALIDATE CONSTRAINT ${constraint}`,
      ),
    ],
  }
}

export function columnThenCheck(names: Names): Recipe {
  const constraint = inventName(baseName(names.table), column(names), 'check')
  return columnFirst(addColumn(names), notValid({ ...names, constraint }))
}

export function columnThenForeignKey(names: Names): Recipe {
  const constraint = inventName(baseName(names.table), column(names), 'fkey')
  const key = (names.referencedColumns ?? []).join(', ')
  const target = `${names.referenced ?? 'other_table'}${key === '' ? '' : ` (${key})`}`
  const definition = `FOREIGN KEY (${column(names)}) REFERENCES ${target}`
  const value = names.expression === undefined ? '' : ` DEFAULT ${names.expression}`
  return columnFirst(addColumn(names) + value, notValid({ ...names, constraint, definition }))
}

export function columnThenUnique(names: Names): Recipe {
  return columnFirst(addColumn(names), uniqueConstraint(names))
}

function columnFirst(sql: string, { title, steps }: Recipe): Recipe {
  return {
    title: `Add the column first. ${title}`,
    steps: [step(now, 'The column alone is free', sql), ...steps],
  }
}

/** VALIDATE, out of the transaction that holds the lock. */
export function validateApart(names: Names): Recipe {
  const sql = `ALTER TABLE ${names.table} VALIDATE CONSTRAINT ${names.constraint ?? 'constraint_name'}`
  return {
    title: 'Validate in a migration of its own',
    steps: [step(now, 'Move it to the next migration', sql)],
  }
}

export function uniqueConstraint(names: Names): Recipe {
  const constraint = names.constraint ?? inventName(baseName(names.table), column(names), 'key')
  const sql = `ALTER TABLE ${names.table} ADD CONSTRAINT ${constraint} UNIQUE USING INDEX ${constraint}`
  return {
    title: 'Build the index first, then make it a constraint',
    steps: [uniqueIndex(names, constraint), step(now, 'Attach it: short', sql)],
  }
}

export function primaryKey(names: Names): Recipe {
  const constraint = names.constraint ?? inventName(baseName(names.table), 'pkey')
  const columns = names.columns?.length ? names.columns : [column(names)]
  const index = names.index ?? constraint
  const build = names.index === undefined ? [uniqueIndex({ ...names, columns }, index)] : []
  const sql = `ALTER TABLE ${names.table} ADD CONSTRAINT ${constraint} PRIMARY KEY USING INDEX ${index}`
  const nullable = columns.filter((name) => names.notNull?.includes(name) !== true)
  const first = nullable.length === 0 ? 'Build the index' : 'Make its columns NOT NULL, build the index'
  return {
    title: `${first}, then make it the primary key`,
    steps: [
      ...nullable.flatMap((name) => notNullSteps({ ...names, column: name }, now)),
      ...build,
      step(now, 'Attach it: short', sql),
    ],
  }
}
