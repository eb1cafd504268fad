import type { Names } from '../effect.ts'
import type { Recipe } from '../finding.ts'
import { keepDerived } from './both-columns.ts'
import { notNullSteps } from './not-null.ts'
import { addColumn, batches, before, besideTable, column, forget, later, now, step, type } from './steps.ts'

/** A value of the type that serves every row; the dots stand for one that only the user knows. */
function constantOf(typeName: string): string {
  if (/^(smallint|integer|bigint|numeric|real|double)/.test(typeName)) return '0'
  if (typeName === 'boolean') return 'false'
  if (/^(timestamp|date)/.test(typeName)) return 'now()'
  if (/^jsonb?$/.test(typeName)) return `'{}'`
  if (typeName.endsWith('[]')) return `'{}'`
  return /^(text|character varying)/.test(typeName) ? `''` : `'...'`
}

export function requiredColumn(names: Names): Recipe {
  return {
    title: 'Add the column with a constant default, and keep the default for one release',
    steps: [
      step(
        now,
        'Old rows and old INSERTs get the default',
        `${addColumn(names)} NOT NULL DEFAULT ${constantOf(type(names))}`,
      ),
      step(
        later,
        'Every running release writes the column',
        `ALTER TABLE ${names.table} ALTER COLUMN ${column(names)} DROP DEFAULT`,
      ),
    ],
  }
}

export function dropDefault(names: Names): Recipe {
  const sql = `ALTER TABLE ${names.table} ALTER COLUMN ${column(names)} DROP DEFAULT`
  return {
    title: 'Drop the default when no running release relies on it',
    steps: [step(now, 'Deploy code that always writes the column'), step(later, 'Drop the default', sql)],
  }
}

export function backfilledColumn(names: Names): Recipe {
  const expression = names.expression ?? 'NULL'
  return {
    title: 'Add the column empty, give new rows the default, fill the old rows in batches',
    steps: [
      step(now, 'An empty column is free', addColumn(names)),
      step(
        now,
        'New rows only',
        `ALTER TABLE ${names.table} ALTER COLUMN ${column(names)} SET DEFAULT ${expression}`,
      ),
      batches(names, expression, true),
      ...notNullSteps(names, later),
    ],
  }
}

export function serialColumn(names: Names): Recipe {
  const { table } = names
  const sequence = besideTable(table, column(names), 'seq')
  const integer = /^big|^bigint/.test(type(names)) ? 'bigint' : 'integer'
  const value = `nextval('${sequence.replaceAll("'", "''")}')`
  return {
    title: 'Build the numbered column from its parts',
    steps: [
      step(now, 'An empty column is free', addColumn({ ...names, type: integer })),
      step(
        now,
        'The sequence goes with the column, and numbers new rows only',
        `CREATE SEQUENCE ${sequence} OWNED BY ${table}.${column(names)}`,
        `ALTER TABLE ${table} ALTER COLUMN ${column(names)} SET DEFAULT ${value}`,
      ),
      batches(names, value, true),
      ...notNullSteps({ ...names, type: integer }, later),
    ],
  }
}

export function generatedColumn(names: Names): Recipe {
  const expression = names.expression ?? 'NULL'
  return {
    title: 'Keep a plain column up to date with a trigger',
    steps: [
      step(now, 'An empty column is free', addColumn(names)),
      step(now, 'New and changed rows get their value from a trigger', ...keepDerived(names, expression)),
      batches(names, expression),
    ],
  }
}

export function dropColumn(names: Names): Recipe {
  const { table } = names
  return {
    title: 'Drop it when no running release uses it',
    steps: [
      step(
        before,
        'Let INSERTs leave it out',
        `ALTER TABLE ${table} ALTER COLUMN ${column(names)} DROP NOT NULL`,
      ),
      forget(`Deploy code that neither reads nor writes ${table}.${column(names)}`, table, column(names)),
      step(later, 'Drop it', `ALTER TABLE ${table} DROP COLUMN ${column(names)}`),
    ],
  }
}
