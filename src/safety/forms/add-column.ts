import type { ColumnDef, Constraint, Node } from 'libpg-query'
import type { Names } from '../effect.ts'
import { changeColumn, factsName, findColumn, partKey, type Known } from '../known.ts'
import { allOf, as, strings, within } from '../nodes.ts'
import { clauseAt, isSerial, listName, quoteName, relationName, typeText } from '../sql-text.ts'
import type { AlterForm } from './alter-form.ts'
import { isNullConstant } from './expressions.ts'
import { keptBy } from './shared-columns.ts'
import { isVolatile } from './volatility.ts'
import { lockParent } from './locks.ts'
import { lockedSequences } from './sequences.ts'
import { isConstrainedDomain } from './domains.ts'
import { unknown, type Context, type Draft } from './form.ts'
import { isEmpty } from '../sizes.ts'

interface Added {
  readonly column: ColumnDef
  readonly name: string
  readonly table: string
  readonly names: Names
  readonly context: Context
  readonly constraint: (type: Constraint['contype']) => Constraint | undefined
  /** Whether what follows the constraint says that rows are not held to it. */
  readonly isEnforced: (constraint: Constraint) => boolean
}

/** ADD COLUMN: free when one value, or none, serves every row; a rewrite when each row needs its own. */
export const addColumn: AlterForm = (input) => {
  const { command, table, context } = input
  const added = describe(command.def, table, context)
  if (added === undefined) return [unknown('add column', 'the column cannot be read', table)]
  const { name } = added
  const exists = Boolean(findColumn(context.world, table, name))
  if (command.missing_ok === true && exists) {
    return [{ form: 'add column that exists', relation: table, lock: 'ACCESS EXCLUSIVE', names: added.names }]
  }
  if (exists && !context.world.known.doubtful) {
    const fails = `${table} already has a column ${name}`
    return [
      {
        form: 'add column that exists',
        relation: table,
        lock: 'ACCESS EXCLUSIVE',
        names: added.names,
        fails,
      },
    ]
  }
  const hasDefault = fills(added)
  const notNull = isNotNull(added)
  const base: Draft = {
    ...fillRows(added),
    ...keptBy('add', input, name),
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    names: added.names,
    reversible: 'loses new data',
    creates: [{ kind: 'column', name: `${table}.${name}` }],
    learn: (known) => {
      const key = partKey(table, name)
      known.newColumns.add(key)
      known.dropped.delete(key)
      known.columns.set(key, { type: added.names.type ?? '', notNull, hasDefault })
      learnSources(added, known)
    },
  }
  const sequences = lockedSequences('add column', added.constraint('CONSTR_DEFAULT')?.raw_expr)
  return [base, ...inlineConstraints(added), ...sequences]
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
  const constraints = allOf(column.constraints, 'Constraint')
  const constraint = (type: Constraint['contype']) => constraints.find(({ contype }) => contype === type)
  const value = constraint('CONSTR_DEFAULT') ?? constraint('CONSTR_GENERATED')
  const names: Names = {
    table,
    column: name,
    type: typeText(column.typeName),
    ...(value === undefined ? {} : { expression: expressionText(context, value) }),
    definition: clauseAt(context.statement, column.location),
  }
  const isEnforced = (one: Constraint) => {
    const following = constraints.slice(constraints.indexOf(one) + 1)
    const own = following.findIndex(({ contype }) => contype?.startsWith('CONSTR_ATTR_') !== true)
    const attributes = following.slice(0, own < 0 ? undefined : own)
    return attributes.every(({ contype }) => contype !== 'CONSTR_ATTR_NOT_ENFORCED')
  }
  return { column, name, table, names, context, constraint, isEnforced }
}

const columnKeywords = [
  'not',
  'null',
  'check',
  'unique',
  'primary',
  'references',
  'constraint',
  'generated',
  'collate',
  'default',
]

function expressionText(context: Context, { location, contype }: Constraint): string {
  const text = clauseAt(context.statement, location, columnKeywords)
  const generated = /^generated\s+always\s+as\s*(\([\s\S]*\))/i.exec(text)?.[1]
  return contype === 'CONSTR_GENERATED' ? (generated ?? text) : text.replace(/^default\s+/i, '')
}

// What happens to the rows that exist.
function fillRows(added: Added): Pick<Draft, 'form' | 'work' | 'breaks' | 'fails' | 'unknown'> {
  const { column, constraint, table, names } = added
  const rewrite = { work: 'rewrite' } as const
  if (isSerial(column)) return { form: 'add serial column', ...rewrite }
  if (constraint('CONSTR_IDENTITY') !== undefined) return { form: 'add identity column', ...rewrite }
  const generated = constraint('CONSTR_GENERATED')
  if (generated?.generated_kind === 's') return { form: 'add generated column', ...rewrite }
  if (generated !== undefined) return { form: 'add column' }
  if (isVolatile(constraint('CONSTR_DEFAULT')?.raw_expr, added.context.world))
    return { form: 'add column with volatile default', ...rewrite }
  if (isNotNull(added) && !fills(added)) {
    const why = `INSERT statements that do not know ${table}.${String(names.column)} leave it NULL, which it does not allow`
    return {
      form: 'add required column',
      breaks: [{ what: 'insert', why }],
      ...(isEmpty(table, added.context.world)
        ? {}
        : { fails: `Postgres refuses it when ${table} has a row` }),
    }
  }
  return { form: 'add column', ...domain(added) }
}

function isNotNull({ column, constraint }: Added): boolean {
  return (
    isSerial(column) ||
    ['CONSTR_NOTNULL', 'CONSTR_PRIMARY', 'CONSTR_IDENTITY'].some(
      (type) => constraint(type as Constraint['contype']) !== undefined,
    )
  )
}

/** Whether rows get a value without being told. */
function fills({ column, constraint }: Added): boolean {
  const value = constraint('CONSTR_DEFAULT')
  if (value !== undefined) return !isNullConstant(value.raw_expr)
  return (
    isSerial(column) ||
    constraint('CONSTR_IDENTITY') !== undefined ||
    constraint('CONSTR_GENERATED') !== undefined
  )
}

// Types of Postgres and of its usual extensions: none of them is a domain.
const plainTypes = new Set(
  `text uuid json jsonb bytea date money inet cidr macaddr macaddr8 xml point line lseg box path polygon circle tsvector tsquery
  oid regclass int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange
  tsmultirange tstzmultirange datemultirange name citext hstore ltree geometry geography vector halfvec timestamptz timetz
  int2 int4 int8 float4 float8 bool varchar bpchar timestamp time varbit pg_lsn`.split(/\s+/),
)

// Rows are checked against the constraints of a domain, which means that they are written again.
function domain({ column, context: { world } }: Added): Pick<Draft, 'work' | 'unknown' | 'form'> | undefined {
  const parts = strings(column.typeName?.names)
  const type = listName(column.typeName?.names)
  const isArray = (column.typeName?.arrayBounds ?? []).length > 0
  if (isArray || parts[0] === 'pg_catalog' || plainTypes.has(parts.at(-1) ?? '')) return undefined
  const constrained = isConstrainedDomain(world, type)
  if (constrained === undefined) {
    return {
      form: 'add column',
      unknown: `whether ${type} is a domain with a constraint, only the database can tell`,
    }
  }
  return constrained ? { form: 'add column of a domain', work: 'rewrite' } : undefined
}

function inlineConstraints(added: Added): Draft[] {
  const { table, names, context } = added
  const shared = { relation: table, lock: 'ACCESS EXCLUSIVE', names } as const
  const drafts: Draft[] = []
  if (added.constraint('CONSTR_PRIMARY') !== undefined) {
    drafts.push({ ...shared, form: 'add column with primary key', work: 'index build' })
  }
  if (added.constraint('CONSTR_UNIQUE') !== undefined) {
    drafts.push({ ...shared, form: 'add column with unique', work: 'index build' })
  }
  const check = added.constraint('CONSTR_CHECK')
  if (check !== undefined && added.isEnforced(check)) {
    const definition = clauseAt(context.statement, check.location, [
      'default',
      'references',
      'unique',
      'not',
      'null',
    ])
    drafts.push({ ...shared, form: 'add column with check', work: 'scan', names: { ...names, definition } })
  }
  return [...drafts, ...inlineForeignKey(added)]
}

function inlineForeignKey(added: Added): Draft[] {
  const { table, context } = added
  const key = added.constraint('CONSTR_FOREIGN')
  if (key === undefined) return []
  const referenced = relationName(key.pktable)
  const referencedColumns = strings(key.pk_attrs).map(quoteName)
  const names = { ...added.names, referenced, referencedColumns }
  // Without a value in any row there is nothing to look up.
  const work = fills(added) && added.isEnforced(key) ? ('scan' as const) : ('nothing' as const)
  const lock = 'ACCESS EXCLUSIVE' as const
  const own: Draft = { form: 'add column with foreign key', relation: table, lock, work, names }
  const parent = lockParent('add foreign key', referenced, table)
  return [own, ...(factsName(context.world, referenced) === table ? [] : [parent])]
}
