import type { Names } from '../effect.ts'
import type { Recipe } from '../finding.ts'
import { before, column, forget, later, now, step } from './steps.ts'

export function dropDefault(names: Names): Recipe {
  const sql =
    names.column === undefined && names.type !== undefined
      ? `ALTER DOMAIN ${names.type} DROP DEFAULT`
      : `ALTER TABLE ${names.table} ALTER COLUMN ${column(names)} DROP DEFAULT`
  return {
    title: 'Drop the default when no running release relies on it',
    steps: [step(now, 'Deploy code that always writes the column'), step(later, 'Drop the default', sql)],
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
