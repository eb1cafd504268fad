import type { ColumnClause, ColumnClauseKind, Names } from '../effect.ts'
import type { Recipe, RecipeStep } from '../finding.ts'
import { baseName, inventName, serialType } from '../sql-text.ts'
import { keepDerived } from './both-columns.ts'
import { attachKey, notValid } from './constraints.ts'
import { uniqueIndex } from './indexes.ts'
import { notNullSteps } from './not-null.ts'
import { batches, besideTable, column, later, now, step, type, type Release } from './steps.ts'

/** How rows come to their values. */
interface Way {
  readonly title: string
  /** What the first step says of itself. */
  readonly first: string
  readonly type: string
  /** The default with which the column begins; empty or with a space before it. */
  readonly value: string
  /** Whether every row has a value as soon as the column is there. */
  readonly filled: boolean
  /** What gives the rows their values, and keeps doing so. */
  readonly fill: readonly RecipeStep[]
  /** What is left to do when the column is NOT NULL. */
  readonly end: readonly RecipeStep[]
}

/**
 * A column with all that it says, in parts: what takes no work at once, and what reads or writes rows each in a way that lets others
 * work. In the end it is the column that the statement would have made, but for a generated one and for one of a domain.
 */
export function addedColumn(names: Names): Recipe {
  const way = wayOf(names)
  const required = isRequired(names)
  const begins = `${column(names)} ${way.type}${way.value}${required && way.filled ? ' NOT NULL' : ''}`
  const rest = clausesOf(names, 'other').map(({ text }) => ` ${text}`)
  return {
    title: way.title,
    steps: [
      step(now, way.first, `ALTER TABLE ${names.table} ADD COLUMN ${begins}${rest.join('')}`),
      ...way.fill,
      ...clausesOf(names, 'check').flatMap((clause) => constraint(names, clause, clause.definition)),
      ...clausesOf(names, 'references').flatMap((clause) =>
        constraint(names, clause, `FOREIGN KEY (${column(names)}) ${clause.definition}`),
      ),
      ...clausesOf(names, 'unique').flatMap((clause) => key(names, clause, now)),
      ...(required && !way.filled ? notNullSteps(names, later) : []),
      ...clausesOf(names, 'primary key').flatMap((clause) => key(names, clause, later)),
      ...way.end,
    ],
  }
}

function clausesOf({ clauses = [] }: Names, ...kinds: readonly ColumnClauseKind[]): readonly ColumnClause[] {
  return clauses.filter(({ kind }) => kinds.includes(kind))
}

const has = (names: Names, ...kinds: readonly ColumnClauseKind[]): boolean =>
  clausesOf(names, ...kinds).length > 0

function isRequired(names: Names): boolean {
  return isSerial(names) || has(names, 'not null', 'identity', 'primary key')
}

const isSerial = (names: Names): boolean => serialType(type(names)) !== undefined

function constraint(names: Names, { name }: ColumnClause, definition: string): readonly RecipeStep[] {
  return notValid({ ...names, constraint: name, definition }).steps
}

function key(names: Names, { name, kind, keyClauses }: ColumnClause, release: Release): RecipeStep[] {
  const own: Names = { ...names, ...(keyClauses === undefined ? {} : { keyClauses }) }
  return [uniqueIndex(own, name), attachKey(own, kind === 'unique' ? 'UNIQUE' : 'PRIMARY KEY', name, release)]
}

function wayOf(names: Names): Way {
  if (isSerial(names) || has(names, 'identity')) return numbered(names)
  if (has(names, 'generated')) return derived(names)
  if (has(names, 'volatile default')) return filledInBatches(names)
  const [value] = clausesOf(names, 'default')
  if (value === undefined && isRequired(names)) return required(names)
  const ofDomain = names.baseType === undefined ? [] : [domainRule(names)]
  return {
    title:
      names.baseType === undefined
        ? 'Add the column first, then each of its constraints beside the traffic'
        : 'Use the type below the domain, and check its rules beside the traffic',
    first: 'The column alone is free',
    type: names.baseType ?? type(names),
    value: value === undefined ? '' : ` ${value.definition}`,
    filled: value !== undefined,
    fill: ofDomain.flat(),
    end: [],
  }
}

const plain = { type: '', value: '', filled: false, end: [] }

function filledInBatches(names: Names): Way {
  const expression = names.expression ?? 'NULL'
  const value = `ALTER TABLE ${names.table} ALTER COLUMN ${column(names)} SET DEFAULT ${expression}`
  return {
    ...plain,
    title: 'Add the column empty, give new rows the default, fill the old rows in batches',
    first: 'An empty column is free',
    type: type(names),
    fill: [step(now, 'New rows only', value), batches(names, expression, true)],
  }
}

function derived(names: Names): Way {
  const expression = names.expression ?? 'NULL'
  return {
    ...plain,
    title: 'Keep a plain column up to date with a trigger',
    first: 'An empty column is free',
    type: type(names),
    fill: [
      step(now, 'New and changed rows get their value from a trigger', ...keepDerived(names, expression)),
      batches(names, expression),
    ],
  }
}

/** The sequence of a serial column is its own from the start; that of an identity column can only follow. */
function numbered(names: Names): Way {
  const { table } = names
  const [identity] = clausesOf(names, 'identity')
  const integer = serialType(type(names)) ?? type(names)
  const sequence = besideTable(table, column(names), identity === undefined ? 'seq' : 'fill_seq')
  const owner = identity === undefined ? ` OWNED BY ${table}.${column(names)}` : ''
  const value = `nextval(${quoted(sequence)})`
  return {
    ...plain,
    title: 'Build the numbered column from its parts',
    first: 'An empty column is free',
    type: integer,
    fill: [
      step(
        now,
        'A sequence numbers new rows only',
        `CREATE SEQUENCE ${sequence} AS ${integer}${owner}`,
        `ALTER TABLE ${table} ALTER COLUMN ${column(names)} SET DEFAULT ${value}`,
      ),
      batches(names, value, true),
    ],
    end: identity === undefined ? [] : [becomeIdentity(names, identity, sequence)],
  }
}

function becomeIdentity(names: Names, identity: ColumnClause, sequence: string): RecipeStep {
  const { table } = names
  const own = `ALTER COLUMN ${column(names)}`
  const next = `pg_get_serial_sequence(${quoted(table)}, ${quoted(unquoted(column(names)))})`
  return step(
    later,
    'The identity takes over and counts on',
    `ALTER TABLE ${table} ${own} DROP DEFAULT, ${own} ADD ${identity.definition}`,
    `SELECT setval(${next}, nextval(${quoted(sequence)}), false)`,
    `DROP SEQUENCE ${sequence}`,
  )
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const unquoted = (name: string): string => name.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"')

/** Without a default, INSERTs of the running release need one, and so do the rows; with a constraint, no constant serves all of them. */
function required(names: Names): Way {
  if (has(names, 'check', 'references', 'unique', 'primary key'))
    return {
      ...plain,
      title: 'Add the column empty, let the app fill it, then make it NOT NULL',
      first: 'An empty column is free',
      type: type(names),
      fill: [step(now, 'Deploy code that writes the column, and let it fill the old rows in batches')],
    }
  const { table } = names
  const drop = `ALTER TABLE ${table} ALTER COLUMN ${column(names)} DROP DEFAULT`
  return {
    title: 'Add the column with a constant default, and keep the default for one release',
    first: 'Old rows and old INSERTs get the default',
    type: type(names),
    value: ` DEFAULT ${constantOf(type(names))}`,
    filled: true,
    fill: [],
    end: [step(later, 'Every running release writes the column', drop)],
  }
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

/** What the domain refuses is refused when a value is made one of its own. */
function domainRule(names: Names): readonly RecipeStep[] {
  const name = inventName(baseName(names.table), column(names), 'check')
  const value = column(names)
  return notValid({
    table: names.table,
    constraint: name,
    definition: `CHECK (${value} IS NULL OR ${value}::${type(names)} IS NOT NULL)`,
  }).steps
}
