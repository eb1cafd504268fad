import type { DjangoTable, FieldState } from '../../migrations/django/models.ts'
import { quoteName } from '../sql-text.ts'
import { isAtLeast, plainName, type RecipeContext, type Writers } from './context.ts'
import { apart, migration, onlyState, runSql } from './django-operations.ts'
import { pythonText } from './literals.ts'
import type { Change, ChangeOf, Index, Operation } from './operations.ts'

/**
 * Operations with Django's own names: statements for the database, and for the state what the migration's own operations make of the models.
 * Null where the database alone is meant, or Django did not tell the names.
 */
export const knownWriters: Writers<string> = {
  'add column': (change, operation, context) => {
    const known = fieldOf(change, context)
    return known === null ? unknownTo(operation) : apart(operation, addField(known))
  },
  'set not null': (change, operation, context) => withField(change, operation, context),
  'add foreign key': (change, operation, context) => {
    const [column = ''] = change.columns
    const known = fieldOf({ table: change.table, column }, context)
    return known === null || known.state.added ? null : `${keptKey}\n${apart(operation, alterField(known))}`
  },
  'add check': (change, operation, context) => {
    const check = ownConstraint(change, context)
    if (check === null) {
      const column = checkedColumn(change, context)
      return column === null ? null : withField({ table: change.table, column }, operation, context)
    }
    return isAtLeast(context, 4)
      ? `AddConstraintNotValid(${check})`
      : apart(operation, `migrations.AddConstraint(${check})`)
  },
  validate: (change, _, context) =>
    ownConstraint(change, context) !== null && isAtLeast(context, 4)
      ? `ValidateConstraint(${modelOf(change, context)}, name=${pythonText(change.name)})`
      : null,
  'create index': (change, operation, context) => {
    if (context.isAttached(change)) return null
    return ownIndex(change, operation, context) ?? withColumns(change, operation, context)
  },
  other: (_, operation, context) => {
    const named = namedIndex(operation.sql)
    return named === null ? null : ownIndex(named, operation, context)
  },
  'attach index': (change, operation, context) => {
    const constraint = ownConstraint(change, context)
    if (constraint !== null) return apart(operation, `migrations.AddConstraint(${constraint})`)
    const index = context.made('create index', change.table, change.index)
    return index === null || change.primary ? unknownTo(operation) : withColumns(index, operation, context)
  },
  'drop column': ({ table, column }, operation, context) => {
    const { models = {} } = context.target
    const name = models[table]?.fields[column]
    // What the state does not know any more, only the database can drop.
    if (context.isForgotten(table, column)) return null
    return name === undefined
      ? unknownTo(operation)
      : `migrations.RemoveField(${modelOf({ table }, context)}, ${pythonText(name)})`
  },
  'rename table': (change, operation, context) =>
    tableOf(change, context) === undefined
      ? unknownTo(operation)
      : `migrations.AlterModelTable(${modelOf(change, context)}, ${pythonText(change.newName)})`,
  'drop table': (change, operation, context) => {
    if (context.isForgotten(change.table)) return null
    return tableOf(change, context) === undefined
      ? unknownTo(operation)
      : `migrations.DeleteModel(${modelOf(change, context)})`
  },
  'drop not null': () => null,
  'drop constraint': () => null,
  'drop default': () => null,
  'set default': () => null,
  'drop index': () => null,
  'rename part': () => null,
}

/** What the code does not know any more; null where Django did not tell its name. */
export function knownForget(
  { table, column }: { table: string; column?: string },
  context: RecipeContext,
): string | null {
  const known = context.target.models?.[plainName(table) ?? '']
  if (known === undefined) return null
  const model = pythonText(known.model)
  if (column === undefined) return migration([onlyState(`migrations.DeleteModel(${model})`)], false)
  const name = known.fields[plainName(column) ?? '']
  if (name === undefined) return null
  return migration([onlyState(`migrations.RemoveField(${model}, ${pythonText(name)})`)], false)
}

/** Where a recipe drops the default of a new column later: the field with a column that keeps it until then. */
export function withDefault(context: RecipeContext): string | null {
  const changes = context.steps.flatMap(({ operations }) => operations.map(({ change }) => change))
  const dropped = changes.find(isDropDefault)
  if (dropped === undefined || changes.some(({ kind }) => kind === 'add column')) return null
  const known = fieldOf(dropped, context)
  const sql = known?.state.sql?.replace(/;$/, '')
  if (
    known === null ||
    sql === undefined ||
    !/^ALTER TABLE .* DEFAULT /.test(sql) ||
    /\bREFERENCES\b/.test(sql)
  )
    return null
  const { table, column } = dropped
  const reverse = `ALTER TABLE ${quoteName(table)} DROP COLUMN ${quoteName(column)}`
  const add = apart({ change: { kind: 'other' }, sql, reverse }, addField(known))
  return `${keepsDefault}\n${migration([add], false, context.target.models)}`
}

const keptKey =
  '# Not needed where the column had this constraint: only the own AlterField drops it, no statement of a recipe does.'

const keepsDefault =
  '# In place of the own AddField, which drops the default at once. Since Django 5.0, db_default keeps it as well.'

const isDropDefault = (change: Change): change is ChangeOf<'drop default'> => change.kind === 'drop default'

type Place = { readonly table: string }

const tableOf = ({ table }: Place, { target }: RecipeContext): DjangoTable | undefined =>
  target.models?.[table]

const modelOf = (place: Place, context: RecipeContext): string =>
  pythonText(tableOf(place, context)?.model ?? '')

interface KnownField {
  readonly words: string
  readonly state: FieldState
}

/** The field of a column that an operation of the migration adds or changes. */
function fieldOf(place: { table: string; column: string }, context: RecipeContext): KnownField | null {
  const table = tableOf(place, context)
  const [name, state] = [table?.fields[place.column], table?.states[place.column]]
  if (name === undefined || state === undefined || state.field === null) return null
  const kept = state.preserveDefault ? [] : ['preserve_default=False']
  const words = [modelOf(place, context), pythonText(name), state.field.code, ...kept]
  return { words: words.join(', '), state }
}

const addField = ({ words }: KnownField): string => `migrations.AddField(${words})`
const alterField = ({ words }: KnownField): string => `migrations.AlterField(${words})`

/** The statement, with which the field is what the migration makes of it. */
function withField(
  place: { table: string; column: string },
  operation: Operation,
  context: RecipeContext,
): string {
  const known = fieldOf(place, context)
  return known === null ? unknownTo(operation) : apart(operation, alterField(known))
}

/** An index that belongs to a field, or to a set of unique_together. */
function withColumns(index: Index, operation: Operation, context: RecipeContext): string {
  const wanted = index.columns.join()
  const together = tableOf(index, context)?.together.find(({ columns }) =>
    columns.some((set) => set.join() === wanted),
  )
  const value = together?.value ?? null
  if (value !== null) {
    const words = `${modelOf(index, context)}, ${value.code}`
    return apart(operation, `migrations.AlterUniqueTogether(${words})`)
  }
  const [column = '', ...others] = index.columns
  const known = others.length > 0 ? null : fieldOf({ table: index.table, column }, context)
  if (known === null) return unknownTo(operation)
  const note = known.state.added ? [`# The own AddField comes before this, with ${withoutIndex(index)}.`] : []
  return [...note, apart(operation, alterField(known))].join('\n')
}

const withoutIndex = ({ unique }: Index): string => (unique ? 'unique=False' : 'db_index=False')

/** The words of a constraint that the migration itself adds. */
function ownConstraint(
  { table, name }: Place & { readonly name: string },
  context: RecipeContext,
): string | null {
  const constraint = tableOf({ table }, context)?.constraints[name] ?? null
  return constraint === null ? null : `${modelOf({ table }, context)}, ${constraint.code}`
}

/** The column of a CHECK that Django gives a field of a positive number. */
function checkedColumn(
  { table, name }: Place & { readonly name: string },
  context: RecipeContext,
): string | null {
  const columns = Object.keys(tableOf({ table }, context)?.states ?? {})
  return columns.find((column) => name.startsWith(`${table}_${column}_`) && name.endsWith('_check')) ?? null
}

function ownIndex(
  { table, name }: Place & { readonly name: string },
  operation: Operation,
  context: RecipeContext,
): string | null {
  const index = tableOf({ table }, context)?.indexes[name] ?? null
  if (index !== null) return `AddIndexConcurrently(${modelOf({ table }, context)}, ${index.code})`
  // UNIQUE with a condition is an index alone.
  const constraint = ownConstraint({ table, name }, context)
  return constraint === null ? null : apart(operation, `migrations.AddConstraint(${constraint})`)
}

const indexWords =
  /^create\s+(?:unique\s+)?index\s+concurrently\s+("(?:[^"]|"")+"|\w+)\s+on\s+("(?:[^"]|"")+"|\w+)/i

/** The names of an index whose columns are more than names. */
function namedIndex(sql: string): { name: string; table: string } | null {
  const [, index, owner] = indexWords.exec(sql) ?? []
  const [name, table] = [plainName(index), plainName(owner)]
  return name === null || table === null ? null : { name, table }
}

/** A statement of which Django's state is told nothing. */
const unknownTo = (operation: Operation): string =>
  `# For the database alone: which field of which model this is, Django did not tell.\n${runSql(operation)}`
