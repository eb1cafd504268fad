import type { ColumnDef, Constraint, Node } from 'libpg-query'
import type { ColumnClause, ColumnClauseKind, Names } from '../effect.ts'
import {
  changeColumn,
  factsName,
  findColumn,
  isNewRelation,
  knowColumn,
  isKind,
  knowKeyIndex,
  partKey,
  type Known,
  type World,
} from '../known.ts'
import { as, strings, within } from '../nodes.ts'
import { clauseAt, listName, quoteName, relationName, serialType, typeText } from '../sql-text.ts'
import type { AlterForm } from './alter-form.ts'
import { columnClauses, constraintsOfColumn } from './column-clauses.ts'
import { whyNoValue } from './default-values.ts'
import { isNullConstant } from './expressions.ts'
import { keyPartitions, knowForeignKey } from './foreign-keys.ts'
import { isDoubted } from './presence.ts'
import { keptBy } from './shared-columns.ts'
import { isVolatile } from './volatility.ts'
import { lockParent } from './locks.ts'
import { lockedSequences } from './sequences.ts'
import { isConstrainedDomain } from './domains.ts'
import { whyRowsStay } from './types.ts'
import { unknown, type Context, type Draft } from './form.ts'
import { isEmpty } from '../sizes.ts'

interface Added {
  readonly column: ColumnDef
  readonly name: string
  readonly table: string
  readonly names: Names
  readonly context: Context
  readonly constraint: (type: Constraint['contype']) => Constraint | undefined
  readonly serial: boolean
  readonly notNull: boolean
  /** Whether rows get a value without being told. */
  readonly fills: boolean
  /** Whether its default differs from row to row. */
  readonly varies: boolean
  /** Whether its type is a domain whose constraints each row must meet; undefined when only the database can tell. */
  readonly ofDomain: boolean | undefined
}

/** ADD COLUMN: free when one value, or none, serves every row; a rewrite when each row needs its own. */
export const addColumn: AlterForm = (input) => {
  const { command, table, context } = input
  const added = describe(command.def, table, context)
  if (added === undefined) return [unknown('add column', 'the column cannot be read', table)]
  const { name } = added
  const exists = Boolean(findColumn(context.world, table, name))
  if (exists && !isDoubted(partKey(table, name), context.world)) {
    const fails = command.missing_ok === true ? undefined : `${table} already has a column ${name}`
    const form = 'add column that exists'
    return [{ form, relation: table, lock: 'ACCESS EXCLUSIVE', names: added.names, fails }]
  }
  const { fills: hasDefault, notNull } = added
  const { type = '' } = added.names
  const filled = fillRows(added)
  const base: Draft = {
    form: filled.form,
    work: filled.work,
    breaks: filled.breaks,
    unknown: filled.unknown,
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    names: added.names,
    reversible: 'loses new data',
    creates: [{ kind: 'column', name: `${table}.${name}` }],
    fails: refused(added) ?? keptBy('add', input, name) ?? filled.fails,
    learn: (known) => {
      known.newColumns.add(partKey(table, name))
      known.dropped.delete(partKey(table, name))
      knowColumn(known, table, name, { type: serialType(type) ?? type, notNull, hasDefault })
      learnSources(added, known)
      const foreignKey = added.constraint('CONSTR_FOREIGN')
      if (foreignKey !== undefined) knowForeignKey(known, table, foreignKey, name, context.world)
      for (const { kind, name: key } of added.names.clauses ?? [])
        if (kind === 'unique' || kind === 'primary key')
          knowKeyIndex(known, table, key, { columns: [name], isPrimary: kind === 'primary key' })
    },
  }
  const sequences = lockedSequences('add column', added.constraint('CONSTR_DEFAULT')?.raw_expr, context.world)
  return [base].concat(inlineConstraints(added), sequences)
}

/** Columns that every table has. */
const ofEveryTable = new Set(['ctid', 'tableoid', 'xmin', 'xmax', 'cmin', 'cmax'])

/** Why Postgres adds no such column, whatever the rows are. */
function refused(added: Added): string | undefined {
  const { name, table, names, constraint, ofDomain, context } = added
  if (ofEveryTable.has(name)) return `every table has a column ${name} of Postgres' own`
  const value = whyNoValue(constraint('CONSTR_DEFAULT')?.raw_expr, names.type ?? '', context.world)
  if (value !== undefined) return `${table}.${name} cannot have this default: ${value}`
  const isVirtual = constraint('CONSTR_GENERATED')?.generated_kind === 'v'
  const changesRows = ofDomain === true || (added.fills && !isVirtual)
  return changesRows ? whyRowsStay(table, context.world) : undefined
}

/** What a generated column is made of keeps its type from then on. */
function learnSources({ constraint, table, name, context: { world } }: Added, known: Known): void {
  for (const { fields } of within(constraint('CONSTR_GENERATED')?.raw_expr, 'ColumnRef')) {
    const source = quoteName(strings(fields).at(-1) ?? '')
    const before = findColumn(world, table, source)?.generates ?? []
    changeColumn(known, world, table, source, { generates: [...before, name] })
  }
}

function describe(def: Node | undefined, table: string, context: Context): Added | undefined {
  const column = as(def, 'ColumnDef')
  if (column === undefined) return undefined
  const name = quoteName(column.colname ?? '')
  const constraints = constraintsOfColumn(column)
  const constraint = (type: Constraint['contype']) => constraints.find(({ contype }) => contype === type)
  const varies = isVolatile(constraint('CONSTR_DEFAULT')?.raw_expr, context.world)
  const clauses = columnClauses(column, constraints, table, context.statement).map((clause) =>
    clause.kind === 'default' && varies ? { ...clause, kind: 'volatile default' as const } : clause,
  )
  const expression = expressionOf(clauses)
  const ofDomain = isOfDomain(column, context.world)
  const type = typeText(column.typeName)
  const base = ofDomain === true ? context.world.facts?.type?.(type)?.base : null
  const names: Names = {
    table,
    column: name,
    type,
    expression,
    definition: clauseAt(context.statement, column.location),
    clauses: clauses.length === 0 ? undefined : clauses,
    baseType: base ?? undefined,
    ...(constraint('CONSTR_FOREIGN') === undefined ? {} : keyPartitions(context.world, table)),
  }
  const serial = serialType(type) !== undefined
  const notNull = serial || constraints.some(({ contype }) => notNulls.has(contype))
  const value = constraint('CONSTR_DEFAULT')
  const fills =
    value === undefined
      ? serial || constraints.some(({ contype }) => values.has(contype))
      : !isNullConstant(value.raw_expr)
  return { column, name, table, names, serial, notNull, fills, varies, ofDomain, context, constraint }
}

/** The value of a default, or what a generated column is made of. */
function expressionOf(clauses: readonly ColumnClause[]): string | undefined {
  const valued: readonly ColumnClauseKind[] = ['default', 'volatile default', 'generated']
  const { kind, definition = '' } = clauses.find((clause) => valued.includes(clause.kind)) ?? {}
  if (kind === undefined) return undefined
  return kind !== 'generated'
    ? definition.replace(/^default\s+/i, '')
    : (/^generated\s+always\s+as\s*(\([\s\S]*\))/i.exec(definition)?.[1] ?? definition)
}

// What happens to the rows that exist.
function fillRows(added: Added): Pick<Draft, 'form' | 'work' | 'breaks' | 'fails' | 'unknown'> {
  const { constraint, table, names } = added
  const rewrite = { work: 'rewrite' } as const
  if (added.serial) return { form: 'add serial column', ...rewrite }
  if (constraint('CONSTR_IDENTITY') !== undefined) return { form: 'add identity column', ...rewrite }
  const generated = constraint('CONSTR_GENERATED')
  if (generated?.generated_kind === 's') return { form: 'add generated column', ...rewrite }
  if (generated !== undefined) return { form: 'add column' }
  if (added.varies) return { form: 'add column with volatile default', ...rewrite }
  // Of a foreign table, NOT NULL is a promise that nobody checks.
  if (isKind(added.context.world, table, 'foreign table')) return { form: 'add column' }
  if (added.notNull && !added.fills) {
    const why = `INSERT statements that do not know ${table}.${String(names.column)} leave it NULL, which it does not allow`
    return {
      form: 'add required column',
      breaks: [{ what: 'insert', why }],
      ...(isEmpty(table, added.context.world) || isNewRelation(added.context.world, table)
        ? {}
        : { fails: `Postgres refuses it when ${table} has a row` }),
    }
  }
  return { form: 'add column', ...domain(added) }
}

const notNulls = new Set<Constraint['contype']>(['CONSTR_NOTNULL', 'CONSTR_PRIMARY', 'CONSTR_IDENTITY'])
const values = new Set<Constraint['contype']>(['CONSTR_IDENTITY', 'CONSTR_GENERATED'])

// Types of Postgres and of its usual extensions: none of them is a domain.
const plainTypes = new Set(
  `text uuid json jsonb bytea date money inet cidr macaddr macaddr8 xml point line lseg box path polygon circle tsvector tsquery
  oid regclass int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange
  tsmultirange tstzmultirange datemultirange name citext hstore ltree geometry geography vector halfvec timestamptz timetz
  int2 int4 int8 float4 float8 bool varchar bpchar timestamp time varbit pg_lsn`.split(/\s+/),
)

function isOfDomain({ typeName }: ColumnDef, world: World): boolean | undefined {
  const parts = strings(typeName?.names)
  const isArray = (typeName?.arrayBounds ?? []).length > 0
  if (isArray || parts[0] === 'pg_catalog' || plainTypes.has(parts.at(-1) ?? '')) return false
  return isConstrainedDomain(world, listName(typeName?.names))
}

// Rows are checked against the constraints of a domain, which means that they are written again.
function domain({ column, ofDomain }: Added): Pick<Draft, 'work' | 'unknown' | 'form'> | undefined {
  if (ofDomain === false) return undefined
  if (ofDomain) return { form: 'add column of a domain', work: 'rewrite' }
  const type = listName(column.typeName?.names)
  return {
    form: 'add column',
    unknown: `whether ${type} is a domain with a constraint, only the database can tell`,
  }
}

function inlineConstraints(added: Added): Draft[] {
  const { table, names } = added
  const shared = { relation: table, lock: 'ACCESS EXCLUSIVE', names } as const
  const drafts: Draft[] = []
  if (added.constraint('CONSTR_PRIMARY') !== undefined) {
    drafts.push({ ...shared, form: 'add column with primary key', work: 'index build' })
  }
  if (added.constraint('CONSTR_UNIQUE') !== undefined) {
    drafts.push({ ...shared, form: 'add column with unique', work: 'index build' })
  }
  const check = added.constraint('CONSTR_CHECK')
  if (check !== undefined && check.is_enforced !== false)
    drafts.push({ ...shared, form: 'add column with check', work: 'scan' })
  return [...drafts, ...inlineForeignKey(added)]
}

function inlineForeignKey(added: Added): Draft[] {
  const { table, context } = added
  const key = added.constraint('CONSTR_FOREIGN')
  if (key === undefined) return []
  const referenced = relationName(key.pktable)
  const referencedColumns = strings(key.pk_attrs).map(quoteName)
  const names = { ...added.names, referenced, referencedColumns }
  // Without a value in any row there is nothing to look up; with DEFAULT NULL Postgres reads all rows to find none.
  const looksUp = added.fills || added.constraint('CONSTR_DEFAULT') !== undefined
  const work = looksUp && key.is_enforced !== false ? ('scan' as const) : ('nothing' as const)
  const lock = 'ACCESS EXCLUSIVE' as const
  const own: Draft = { form: 'add column with foreign key', relation: table, lock, work, names }
  const parent = lockParent('add foreign key', referenced, table)
  return [own, ...(factsName(context.world, referenced) === table ? [] : [parent])]
}
