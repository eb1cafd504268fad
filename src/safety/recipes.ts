import type { Names } from './effect.ts'
import type { Recipe, RecipeStep } from './finding.ts'
import { baseName, inventName } from './sql-text.ts'

type Release = RecipeStep['release']

/** Each entry of `sql` is a migration of its own. */
function step(release: Release, title: string, ...sql: readonly string[]): RecipeStep {
  return { title, release, sql }
}

function outsideTransaction(release: Release, title: string, ...sql: readonly string[]): RecipeStep {
  return { title, release, sql, noTransaction: true }
}

const now = 'this release'
const later = 'the next release'
const before = 'the release before'

function column(names: Names): string {
  return names.column ?? 'column_name'
}

function type(names: Names): string {
  return names.type ?? 'text'
}

/** A value of the type that serves every row; the dots stand for one that only the user knows. */
function constantOf(typeName: string): string {
  if (/^(smallint|integer|bigint|numeric|real|double)/.test(typeName)) return '0'
  if (typeName === 'boolean') return 'false'
  if (/^(timestamp|date)/.test(typeName)) return 'now()'
  if (/^jsonb?$/.test(typeName)) return `'{}'`
  if (typeName.endsWith('[]')) return `'{}'`
  return /^(text|character varying)/.test(typeName) ? `''` : `'...'`
}

/** Rows in batches, each in a transaction of its own, so that no row stays locked for long. */
function batches(names: Names, expression: string): RecipeStep {
  const { table } = names
  return outsideTransaction(
    now,
    'Fill the old rows in batches, outside the migrations; repeat until no row changes',
    `UPDATE ${table} SET ${column(names)} = ${expression} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} ` +
      `WHERE ${column(names)} IS NULL LIMIT 5000))`,
  )
}

/** NOT NULL without a scan under the lock: a CHECK that is validated beside the traffic proves that there is no NULL. */
function notNullSteps(names: Names, release: Release): RecipeStep[] {
  const { table } = names
  const check = inventName(baseName(table), column(names), 'not_null')
  return [
    step(
      release,
      'Check new rows only; the running release must already write the column',
      `ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${column(names)} IS NOT NULL) NOT VALID`,
    ),
    step(
      release,
      'Check the old rows beside the traffic, in another migration',
      `ALTER TABLE ${table} VALIDATE CONSTRAINT ${check}`,
    ),
    step(
      release,
      'Now it needs no scan; drop the constraint in a statement of its own, because one ALTER TABLE would drop it first',
      `ALTER TABLE ${table} ALTER COLUMN ${column(names)} SET NOT NULL`,
      `ALTER TABLE ${table} DROP CONSTRAINT ${check}`,
    ),
  ]
}

export function notNull(names: Names): Recipe {
  return { title: 'Prove that there is no NULL before SET NOT NULL', steps: notNullSteps(names, now) }
}

export function requiredColumn(names: Names): Recipe {
  const { table } = names
  const value = constantOf(type(names))
  return {
    title: 'Add the column with a constant default, and keep the default for one release',
    steps: [
      step(
        now,
        'Old rows and old INSERTs get the default',
        `ALTER TABLE ${table} ADD COLUMN ${column(names)} ${type(names)} NOT NULL DEFAULT ${value}`,
      ),
      step(
        later,
        'Every running release writes the column',
        `ALTER TABLE ${table} ALTER COLUMN ${column(names)} DROP DEFAULT`,
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
  const { table } = names
  const expression = names.expression ?? 'NULL'
  return {
    title: 'Add the column empty, give new rows the default, fill the old rows in batches',
    steps: [
      step(now, 'An empty column is free', `ALTER TABLE ${table} ADD COLUMN ${column(names)} ${type(names)}`),
      step(
        now,
        'New rows only',
        `ALTER TABLE ${table} ALTER COLUMN ${column(names)} SET DEFAULT ${expression}`,
      ),
      batches(names, expression),
      ...notNullSteps(names, later),
    ],
  }
}

export function serialColumn(names: Names): Recipe {
  const { table } = names
  const sequence = inventName(baseName(table), column(names), 'seq')
  const integer = /^big|^bigint/.test(type(names)) ? 'bigint' : 'integer'
  const value = `nextval('${sequence}')`
  return {
    title: 'Build the numbered column from its parts',
    steps: [
      step(
        now,
        'An empty column and its sequence',
        `ALTER TABLE ${table} ADD COLUMN ${column(names)} ${integer}`,
      ),
      step(
        now,
        'The sequence goes with the column',
        `CREATE SEQUENCE ${sequence} OWNED BY ${table}.${column(names)}`,
      ),
      step(now, 'New rows only', `ALTER TABLE ${table} ALTER COLUMN ${column(names)} SET DEFAULT ${value}`),
      batches(names, value),
      ...notNullSteps(names, later),
    ],
  }
}

export function generatedColumn(names: Names): Recipe {
  const { table } = names
  return {
    title: 'Keep a plain column up to date with a trigger',
    steps: [
      step(now, 'An empty column is free', `ALTER TABLE ${table} ADD COLUMN ${column(names)} ${type(names)}`),
      step(now, 'Write it for new and changed rows by a BEFORE INSERT OR UPDATE trigger, or in the code'),
      batches(names, names.expression ?? 'NULL'),
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
      step(now, `Deploy code that neither reads nor writes ${table}.${column(names)}`),
      step(later, 'Drop it', `ALTER TABLE ${table} DROP COLUMN ${column(names)}`),
    ],
  }
}

export function dropTable(names: Names): Recipe {
  return {
    title: 'Drop it when no running release uses it',
    steps: [
      step(now, `Deploy code that does not use ${names.table}`),
      step(later, 'Drop it; a backup is the only way back', `DROP TABLE ${names.table}`),
    ],
  }
}

export function renameColumn(names: Names): Recipe {
  const { table } = names
  const newName = names.newName ?? 'new_name'
  return {
    title: 'Add the new name beside the old one, and drop the old one later',
    steps: [
      step(
        now,
        'Add the new column with the type of the old one',
        `ALTER TABLE ${table} ADD COLUMN ${newName} ${type(names)}`,
      ),
      step(now, 'Write both columns: by a BEFORE INSERT OR UPDATE trigger, or in the code'),
      batches({ table, column: newName }, column(names)),
      step(now, `Deploy code that reads ${newName}`),
      step(later, 'Drop the old name', `ALTER TABLE ${table} DROP COLUMN ${column(names)}`),
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
        `ALTER TABLE ${table} RENAME TO ${baseName(newName)}; CREATE VIEW ${table} AS SELECT * FROM ${newName}`,
      ),
      step(now, `Deploy code that says ${newName}`),
      step(later, 'Drop the old name', `DROP VIEW ${table}`),
    ],
  }
}

export function changeType(names: Names): Recipe {
  const { table } = names
  const newColumn = inventName(column(names), 'new')
  const expression = names.expression ?? `${column(names)}::${type(names)}`
  return {
    title: 'Add a column of the new type, copy in batches, swap later',
    steps: [
      step(now, 'An empty column is free', `ALTER TABLE ${table} ADD COLUMN ${newColumn} ${type(names)}`),
      step(now, 'Write both columns: by a BEFORE INSERT OR UPDATE trigger, or in the code'),
      batches({ table, column: newColumn }, expression),
      step(now, `Build its indexes CONCURRENTLY, then deploy code that reads ${newColumn}`),
      step(later, 'Drop the old column', `ALTER TABLE ${table} DROP COLUMN ${column(names)}`),
    ],
  }
}

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
  const plain = `ALTER TABLE ${names.table} ADD COLUMN ${column(names)} ${type(names)}`
  const { title, steps } = notValid({ ...names, constraint })
  return {
    title: `Add the column first. ${title}`,
    steps: [step(now, 'An empty column is free', plain), ...steps],
  }
}

export function columnThenForeignKey(names: Names): Recipe {
  const constraint = inventName(baseName(names.table), column(names), 'fkey')
  const key = (names.referencedColumns ?? []).join(', ')
  const target = `${names.referenced ?? 'other_table'}${key === '' ? '' : ` (${key})`}`
  const definition = `FOREIGN KEY (${column(names)}) REFERENCES ${target}`
  const { title, steps } = notValid({ ...names, constraint, definition })
  const value = names.expression === undefined ? '' : ` DEFAULT ${names.expression}`
  const plain = `ALTER TABLE ${names.table} ADD COLUMN ${column(names)} ${type(names)}${value}`
  return {
    title: `Add the column first. ${title}`,
    steps: [step(now, 'The column alone is free', plain), ...steps],
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

export function concurrentIndex(names: Names): Recipe {
  const sql = (names.definition ?? '').replace(/\bindex\b/i, (word) => `${word} CONCURRENTLY`)
  return {
    title: 'Build the index beside the traffic',
    steps: [outsideTransaction(now, 'Alone in a migration without a transaction', sql)],
  }
}

/** An index statement that is in a transaction, out of it. */
export function ownMigration(names: Names): Recipe {
  const sql = names.definition === undefined || names.definition === '' ? [] : [names.definition]
  return {
    title: 'Give it a migration of its own, without a transaction',
    steps: [outsideTransaction(now, 'Nothing else in that migration', ...sql)],
  }
}

export function dropIndexLater(names: Names): Recipe {
  return {
    title: 'Drop it when no running release needs it for ON CONFLICT',
    steps: [
      step(now, 'Deploy code that names another unique key in ON CONFLICT'),
      outsideTransaction(
        later,
        'Drop it beside the traffic',
        `DROP INDEX CONCURRENTLY ${names.index ?? 'index_name'}`,
      ),
    ],
  }
}

function uniqueIndex(names: Names, index: string): RecipeStep {
  const columns = names.columns?.length ? names.columns : [column(names)]
  const sql = `CREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${names.table} (${columns.join(', ')})`
  return outsideTransaction(
    now,
    'Build the index beside the traffic, alone in a migration without a transaction',
    sql,
  )
}

export function uniqueConstraint(names: Names): Recipe {
  const constraint = names.constraint ?? inventName(baseName(names.table), column(names), 'key')
  const sql = `ALTER TABLE ${names.table} ADD CONSTRAINT ${constraint} UNIQUE USING INDEX ${constraint}`
  return {
    title: 'Build the index first, then make it a constraint',
    steps: [uniqueIndex(names, constraint), step(now, 'Attach it: short', sql)],
  }
}

export function columnThenUnique(names: Names): Recipe {
  const plain = `ALTER TABLE ${names.table} ADD COLUMN ${column(names)} ${type(names)}`
  const { title, steps } = uniqueConstraint(names)
  return {
    title: `Add the column first. ${title}`,
    steps: [step(now, 'The column alone is free', plain), ...steps],
  }
}

export function primaryKey(names: Names): Recipe {
  const constraint = names.constraint ?? inventName(baseName(names.table), 'pkey')
  const columns = names.columns?.length ? names.columns : [column(names)]
  const index = names.index ?? constraint
  const build = names.index === undefined ? [uniqueIndex({ ...names, columns }, index)] : []
  const sql = `ALTER TABLE ${names.table} ADD CONSTRAINT ${constraint} PRIMARY KEY USING INDEX ${index}`
  return {
    title: 'Make its columns NOT NULL, build the index, then make it the primary key',
    steps: [
      ...columns.flatMap((name) => notNullSteps({ ...names, column: name }, now)),
      ...build,
      step(now, 'Attach it: short', sql),
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

export function splitMigration(names: Names): Recipe {
  const sql = names.definition === undefined || names.definition === '' ? [] : [names.definition]
  return {
    title: 'Do the long work in a migration of its own',
    steps: [step(now, 'Move it to another migration, so that it holds no lock of this one', ...sql)],
  }
}

export function refreshConcurrently({ table }: Names): Recipe {
  return {
    title: 'Refresh beside its readers',
    steps: [
      step(now, 'It needs a unique index over plain columns of the view, without a condition'),
      step(now, 'Readers go on', `REFRESH MATERIALIZED VIEW CONCURRENTLY ${table}`),
    ],
  }
}
