import type { Names } from '../effect.ts'
import type { Recipe, RecipeStep } from '../finding.ts'
import { baseName, inventName } from '../sql-text.ts'
import { uniqueIndex } from './indexes.ts'
import { notNullSteps } from './not-null.ts'
import { foreignKeyOfPartitions, keyOfPartitions } from './partitions.ts'
import { column, now, step, type Release } from './steps.ts'

/** VALIDATE later, in a transaction of its own. */
export function notValid(names: Names): Recipe {
  const { table, definition = '' } = names
  const constraint = names.constraint ?? inventName(baseName(table), column(names), 'check')
  const body = /^constraint\b/i.test(definition) ? definition : `CONSTRAINT ${constraint} ${definition}`
  if (names.partitions !== undefined && /\bforeign\s+key\b/i.test(body))
    return {
      title: 'Add it to each partition NOT VALID, and validate it in other migrations',
      steps: foreignKeyOfPartitions(names, constraint, body),
    }
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

/** A foreign key, or one that is there and NOT VALID, so that Postgres cannot take it over. */
export function foreignKey(names: Names): Recipe {
  if (!/\bnot\s+valid$/i.test(names.definition ?? '')) return notValid(names)
  const sql = `ALTER TABLE ${names.table} VALIDATE CONSTRAINT ${names.constraint ?? 'constraint_name'}`
  return {
    title: 'Validate the foreign key of the new partition first',
    steps: [step(now, 'Check its rows beside the traffic, in a migration before this one', sql)],
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

const ofEachPartition = 'Build the index of each partition first, then make them a constraint'

export function uniqueConstraint(names: Names): Recipe {
  const constraint = names.constraint ?? inventName(baseName(names.table), column(names), 'key')
  if (names.partitions !== undefined)
    return { title: ofEachPartition, steps: keyOfPartitions(names, 'UNIQUE', constraint) }
  return {
    title: 'Build the index first, then make it a constraint',
    steps: [uniqueIndex(names, constraint), attachKey(names, 'UNIQUE', constraint, now)],
  }
}

export function primaryKey(names: Names): Recipe {
  const constraint = names.constraint ?? inventName(baseName(names.table), 'pkey')
  const columns = names.columns?.length ? names.columns : [column(names)]
  const index = names.index ?? constraint
  const build = names.index === undefined ? [uniqueIndex({ ...names, columns }, index)] : []
  const nullable = columns.filter((name) => names.notNull?.includes(name) !== true)
  const notNull = nullable.flatMap((name) => notNullSteps({ ...names, column: name }, now))
  if (names.partitions !== undefined && names.index === undefined)
    return {
      title: ofEachPartition,
      steps: [...notNull, ...keyOfPartitions(names, 'PRIMARY KEY', constraint)],
    }
  const first = nullable.length === 0 ? 'Build the index' : 'Make its columns NOT NULL, build the index'
  return {
    title: `${first}, then make it the primary key`,
    steps: [...notNull, ...build, attachKey({ ...names, index }, 'PRIMARY KEY', constraint, now)],
  }
}

/** The step that makes an index a constraint: the one of the name, when it has none of its own. */
export function attachKey(
  { table, index, keyClauses }: Names,
  kind: 'UNIQUE' | 'PRIMARY KEY',
  constraint: string,
  release: Release,
): RecipeStep {
  const what = `${kind} USING INDEX ${index ?? constraint}${keyClauses?.ofConstraint ?? ''}`
  return step(release, 'Attach it: short', `ALTER TABLE ${table} ADD CONSTRAINT ${constraint} ${what}`)
}
