import {
  batchesAllowed,
  isAtLeast,
  plainName,
  writeChange,
  type ReadStep,
  type RecipeContext,
  type Writers,
} from './context.ts'
import { conditionOf, fieldName, fieldOf, isField, modelOf, pythonDefault } from './django-models.ts'
import { knownForget, knownWriters, withDefault } from './django-known.ts'
import { apart, migration, onlyState, runSql } from './django-operations.ts'
import { pythonText } from './literals.ts'
import type { ChangeOf, Index, Operation } from './operations.ts'

/** A migration of Django: database and state move together, or apart where Django's own operation would lock or break. */
export function djangoCode({ step, operations }: ReadStep, context: RecipeContext): string | null {
  const known = context.target.models !== undefined
  if (step.forgets !== undefined) return (known ? knownForget : forget)(step.forgets, context)
  if (operations.length === 0) return withDefault(context)
  if (step.repeatsWhile !== undefined) return batches(operations, step.repeatsWhile)
  const words = operations.map((operation) => write(operation, context))
  return migration(words, step.noTransaction === true, context.target.models)
}

function batches(operations: readonly Operation[], question: string): string {
  const fill = [
    '',
    'def fill(apps, schema_editor):',
    '    with schema_editor.connection.cursor() as cursor:',
    `        cursor.execute(${pythonText(question)})`,
    '        while cursor.fetchone() is not None:',
    ...operations.map(({ sql }) => `            cursor.execute(${pythonText(sql)})`),
    `            cursor.execute(${pythonText(question)})`,
    '',
  ]
  const run = migration(['migrations.RunPython(fill, migrations.RunPython.noop)'], true, {}, fill)
  return `${batchesAllowed}\n${run}`
}

function forget(
  { table, column }: { table: string; column?: string },
  context: RecipeContext,
): string | null {
  const [owner, name] = [plainName(table), plainName(column)]
  if (owner === null || (column !== undefined && (name === null || !isField(name)))) return null
  const model = pythonText(modelOf(owner, context.target.app))
  const state =
    name === null
      ? `migrations.DeleteModel(${model})`
      : `migrations.RemoveField(${model}, ${pythonText(fieldName(owner, name, context))})`
  return migration([onlyState(state)], false)
}

function write(operation: Operation, context: RecipeContext): string {
  const { models } = context.target
  if (hasPassingName(operation, context)) return runSql(operation)
  return writeChange(models === undefined ? writers : knownWriters, operation, context) ?? runSql(operation)
}

/** The state is to know an index or a constraint by the name that it has in the end. */
function hasPassingName({ change }: Operation, context: RecipeContext): boolean {
  const named = change.kind === 'create index' || change.kind === 'add check' || change.kind === 'validate'
  return named && context.isRenamed(change.name)
}

const writers: Writers<string> = {
  'add column': addColumn,
  'set not null': (change, _, context) => alterField(change, context, []),
  'drop not null': (change, _, context) => alterField(change, context, ['null=True']),
  'drop column': (change, _, context) => {
    const { table, column } = change
    // What the state does not know any more, only the database can drop.
    if (context.isForgotten(table, column) || !isField(column)) return null
    return `migrations.RemoveField(${owner(change, context)}, ${pythonText(fieldName(table, column, context))})`
  },
  'add check': addCheck,
  validate: (change, _, context) =>
    isCheck(change, context) && isAtLeast(context, 4)
      ? `ValidateConstraint(${owner(change, context)}, name=${pythonText(change.name)})`
      : null,
  'drop constraint': (change, _, context) =>
    isCheck(change, context)
      ? `migrations.RemoveConstraint(${owner(change, context)}, ${pythonText(change.name)})`
      : null,
  'add foreign key': addForeignKey,
  'create index': createIndex,
  'attach index': uniqueConstraint,
  'rename table': (change, _, context) =>
    `migrations.AlterModelTable(${owner(change, context)}, ${pythonText(change.newName)})`,
  'drop table': (change, _, context) =>
    context.isForgotten(change.table) ? null : `migrations.DeleteModel(${owner(change, context)})`,
  'drop default': dropDefault,
  // Django has no words for these, or would have to be told the whole field.
  'set default': () => null,
  'drop index': () => null,
  'rename part': () => null,
  other: () => null,
}

const owner = ({ table }: { table: string }, { target }: RecipeContext): string =>
  pythonText(modelOf(table, target.app))

function addColumn(
  change: ChangeOf<'add column'>,
  operation: Operation,
  context: RecipeContext,
): string | null {
  const { table, column, notNull, value } = change
  const key = context.foreignKeyOf(table, column) === null ? [] : ['db_constraint=False']
  const shared = [...(notNull ? [] : ['null=True']), ...key]
  const add = (options: readonly string[]): string | null => {
    const field = fieldOf(table, column, context, [...shared, ...options])
    if (field === null) return null
    return `migrations.AddField(${owner(change, context)}, ${pythonText(fieldName(table, column, context))}, ${field})`
  }
  if (value === null) return add([])
  const constant = pythonDefault(value, change.type)
  if (hasDatabaseDefault(change, context)) return add([`db_default=${String(constant)}`])
  const state = add(constant === null ? [] : [`default=${constant}`])
  return state === null ? null : apart(operation, state)
}

// Only a default that Django's state has is Django's to drop.
function dropDefault(change: ChangeOf<'drop default'>, _: Operation, context: RecipeContext): string | null {
  const added = context.columnOf(change.table, change.column)
  const inState = added !== null && hasDatabaseDefault(added, context)
  return inState ? alterField(change, context, added.notNull ? [] : ['null=True']) : null
}

/** Whether Django itself gives the column its default in the database. */
function hasDatabaseDefault({ value, type }: ChangeOf<'add column'>, context: RecipeContext): boolean {
  return value?.constant !== undefined && pythonDefault(value, type) !== 'dict' && isAtLeast(context, 5)
}

function alterField(
  { table, column }: { table: string; column: string },
  context: RecipeContext,
  options: readonly string[],
): string | null {
  const field = fieldOf(table, column, context, options)
  if (field === null) return null
  const words = [owner({ table }, context), pythonText(fieldName(table, column, context)), field]
  return `migrations.AlterField(${words.join(', ')})`
}

/** Whether Django's state has the CHECK. */
function isCheck({ table, name }: { table: string; name: string }, context: RecipeContext): boolean {
  const check = context.made('add check', table, name)
  return check !== null && conditionOf(check.tree) !== null
}

function uniqueConstraint(
  change: ChangeOf<'attach index'>,
  operation: Operation,
  context: RecipeContext,
): string | null {
  const index = context.made('create index', change.table, change.index)
  if (change.primary || index === null || !index.columns.every(isField)) return null
  const unique = `models.UniqueConstraint(fields=${fields(index)}, name=${pythonText(change.name)})`
  return apart(operation, `migrations.AddConstraint(${owner(change, context)}, ${unique})`)
}

const fields = ({ columns }: Index): string => `[${columns.map(pythonText).join(', ')}]`

function addCheck(
  change: ChangeOf<'add check'>,
  operation: Operation,
  context: RecipeContext,
): string | null {
  const condition = conditionOf(change.tree)
  if (condition === null) return null
  const word = isAtLeast(context, 5, 1) ? 'condition' : 'check'
  const check = `models.CheckConstraint(${word}=${condition}, name=${pythonText(change.name)})`
  return isAtLeast(context, 4)
    ? `AddConstraintNotValid(${owner(change, context)}, ${check})`
    : apart(operation, `migrations.AddConstraint(${owner(change, context)}, ${check})`)
}

// Where the recipe made the column, Django's state knows it as a foreign key without a constraint.
function addForeignKey(
  change: ChangeOf<'add foreign key'>,
  operation: Operation,
  context: RecipeContext,
): string | null {
  const [column = '', ...others] = change.columns
  const added = context.columnOf(change.table, column)
  if (added === null || others.length > 0) return null
  const state = alterField({ table: change.table, column }, context, added.notNull ? [] : ['null=True'])
  return state === null ? null : apart(operation, state)
}

/** Names that Django takes for an index: short, and not begun with a digit or an underscore. */
const isIndexName = (name: string): boolean => /^[a-z][a-z0-9_]{0,29}$/i.test(name)

function createIndex(change: Index, _: Operation, context: RecipeContext): string | null {
  if (change.unique || !change.columns.every(isField) || !isIndexName(change.name)) return null
  const index = `models.Index(fields=${fields(change)}, name=${pythonText(change.name)})`
  return `AddIndexConcurrently(${owner(change, context)}, ${index})`
}
