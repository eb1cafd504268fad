import { typeWords } from './column-types.ts'
import { plainName, writeChange, type ReadStep, type RecipeContext, type Writers } from './context.ts'
import { indent, rubySymbol, rubyText, singular } from './literals.ts'
import type { ChangeOf, ForeignKey, Operation, Value } from './operations.ts'

/** What an operation is in Ruby: lines for each direction. */
interface Lines {
  readonly up: readonly string[]
  /** Null when there is no way back; 'reversed' when Rails turns `up` round by itself. */
  readonly down: readonly string[] | null | 'reversed'
}

/** The body of a migration of Rails, or of the model for a step that changes the code; null when there is nothing to write. */
export function railsCode({ step, operations }: ReadStep, context: RecipeContext): string | null {
  if (step.forgets?.column !== undefined) return ignoreColumn(step.forgets.table, step.forgets.column)
  if (operations.length === 0) return null
  const parts = operations.map((operation) =>
    step.repeatsWhile === undefined ? write(operation, context) : loop(operation, step.repeatsWhile),
  )
  const head = step.noTransaction === true ? ['disable_ddl_transaction!', ''] : []
  if (parts.every(({ down }) => down === 'reversed'))
    return [
      ...head,
      ...method(
        'change',
        parts.flatMap(({ up }) => up),
      ),
    ].join('\n')
  const up = method(
    'up',
    parts.flatMap((part) => part.up),
  )
  return [...head, ...up, '', ...method('down', wayBack(parts, operations))].join('\n')
}

const method = (name: string, lines: readonly string[]): string[] => [
  `def ${name}`,
  ...indent(lines, 2),
  'end',
]

// Beside an operation that Rails cannot turn round, those that it could are undone by SQL.
function wayBack(parts: readonly Lines[], operations: readonly Operation[]): readonly string[] {
  const lines = parts.map(({ down }, index) => {
    const operation = operations[index]
    if (down !== 'reversed') return down
    return operation === undefined ? null : plain(operation).down
  })
  if (lines.includes(null)) return ['raise ActiveRecord::IrreversibleMigration']
  return lines.toReversed().flatMap((part) => part ?? [])
}

const execute = (sql: string): string =>
  sql.includes('\n')
    ? ["execute <<~'SQL'", ...indent([sql], 2), 'SQL'].join('\n')
    : `execute ${rubyText(sql)}`

function plain({ sql, reverse }: Operation): { up: string[]; down: string[] | null } {
  return { up: [execute(sql)], down: reverse === null ? null : reverse === '' ? [] : [execute(reverse)] }
}

function loop({ sql }: Operation, question: string): Lines {
  const found = `while connection.select_value(${rubyText(question)})`
  return { up: [found, `  ${execute(sql)}`, 'end'], down: [] }
}

const reversed = (...up: readonly string[]): Lines => ({ up, down: 'reversed' })

function write(operation: Operation, context: RecipeContext): Lines {
  return writeChange(writers, operation, context) ?? plain(operation)
}

const writers: Writers<Lines> = {
  'add column': (change) => reversed(addColumn(change)),
  'drop column': dropColumn,
  // Rails writes a whole number as one with a point for such a column.
  'set default': ({ table, column, value }, _, context) =>
    /^(real|double|numeric)/.test(context.typeOf(table, column) ?? '') && typeof value.constant === 'number'
      ? null
      : reversed(`change_column_default ${place(table, column)}, from: nil, to: ${railsValue(value)}`),
  'drop default': ({ table, column }, operation) => ({
    up: [`change_column_default ${place(table, column)}, nil`],
    down: plain(operation).down,
  }),
  'set not null': ({ table, column }) => reversed(`change_column_null ${place(table, column)}, false`),
  'drop not null': ({ table, column }) => reversed(`change_column_null ${place(table, column)}, true`),
  'add check': (change) => reversed(addCheck(change)),
  validate: (change, _, context) => ({ up: [validate(change, context)], down: [] }),
  'drop constraint': dropConstraint,
  'add foreign key': (change) =>
    change.columns.length === 1 && !change.deferred ? reversed(addForeignKey(change)) : null,
  'attach index': ({ table, name, index, primary }, operation) => {
    const words = `${rubySymbol(table)}, using_index: ${rubyText(index)}, name: ${rubyText(name)}`
    const { up, down } = plain(operation)
    const native = primary ? [] : [`# Rails 7.1 and later: add_unique_constraint ${words}`]
    return { up: [...native, ...up], down }
  },
  'create index': (change, operation, context) => {
    const { table, name, columns, unique } = change
    const key = `[${columns.map(rubySymbol).join(', ')}]${unique ? ', unique: true' : ''}`
    const up = `add_index ${rubySymbol(table)}, ${key}, name: ${rubyText(name)}, algorithm: :concurrently`
    // A constraint takes the index that it was made of along.
    return context.isAttached(change) ? { up: [up], down: plain(operation).down } : reversed(up)
  },
  'drop index': ({ name }, operation, { table }) =>
    table === null || table === ''
      ? null
      : {
          up: [`remove_index ${rubySymbol(table)}, name: ${rubyText(name)}, algorithm: :concurrently`],
          down: plain(operation).down,
        },
  'rename table': ({ table, newName }) =>
    reversed(`rename_table ${rubySymbol(table)}, ${rubySymbol(newName)}`),
  'drop table': ({ table }) => ({ up: [`drop_table ${rubySymbol(table)}`], down: null }),
  'rename part': () => null,
  other: () => null,
}

const place = (table: string, column: string): string => `${rubySymbol(table)}, ${rubySymbol(column)}`

function dropColumn({ table, column }: ChangeOf<'drop column'>, _: Operation, context: RecipeContext): Lines {
  const type = context.typeOf(table, column)
  const up = `remove_column ${place(table, column)}`
  return type === null ? { up: [up], down: null } : reversed(`${up}, ${railsType(type)}`)
}

function dropConstraint(
  { table, name }: ChangeOf<'drop constraint'>,
  _: Operation,
  context: RecipeContext,
): Lines | null {
  const check = context.made('add check', table, name)
  const up = `remove_check_constraint ${rubySymbol(table)}, name: ${rubyText(name)}`
  return check === null ? null : { up: [up], down: [addCheck(check)] }
}

function addColumn({ table, column, type, notNull, value }: ChangeOf<'add column'>): string {
  const options = [
    railsType(type),
    ...(notNull ? ['null: false'] : []),
    ...(value === null ? [] : [`default: ${railsValue(value)}`]),
  ]
  return `add_column ${rubySymbol(table)}, ${rubySymbol(column)}, ${options.join(', ')}`
}

function railsType(type: string): string {
  if (type.endsWith('[]')) return `${railsType(type.slice(0, -2))}, array: true`
  return typeWords(type, 'rails') ?? rubyText(type)
}

function railsValue({ sql, constant }: Value): string {
  if (typeof constant === 'string') return constant === '{}' ? `-> { ${rubyText(sql)} }` : rubyText(constant)
  return constant === undefined ? `-> { ${rubyText(sql)} }` : String(constant)
}

function addCheck({ table, name, condition }: ChangeOf<'add check'>): string {
  return `add_check_constraint ${rubySymbol(table)}, ${rubyText(condition)}, name: ${rubyText(name)}, validate: false`
}

function validate({ table, name }: ChangeOf<'validate'>, context: RecipeContext): string {
  const [owner, quoted] = [rubySymbol(table), rubyText(name)]
  if (context.made('add check', table, name) !== null)
    return `validate_check_constraint ${owner}, name: ${quoted}`
  if (context.made('add foreign key', table, name) !== null)
    return `validate_foreign_key ${owner}, name: ${quoted}`
  return `validate_constraint ${owner}, ${quoted}`
}

const onDelete = { CASCADE: ':cascade', 'SET NULL': ':nullify', RESTRICT: ':restrict' } as const

function addForeignKey(key: ForeignKey): string {
  const options = [
    rubySymbol(key.table),
    rubySymbol(key.referenced),
    `column: ${key.columns.map(rubySymbol).join()}`,
    `primary_key: ${key.referencedColumns.map(rubySymbol).join()}`,
    `name: ${rubyText(key.name)}`,
    ...(key.onDelete === null ? [] : [`on_delete: ${onDelete[key.onDelete]}`]),
    'validate: false',
  ]
  return `add_foreign_key ${options.join(', ')}`
}

function ignoreColumn(table: string, column: string): string | null {
  const [owner, name] = [plainName(table), plainName(column)]
  if (owner === null || name === null) return null
  const words = singular(owner).split('_')
  const model = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  const body = `  self.ignored_columns += [${rubyText(name)}]`
  return [`class ${model} < ApplicationRecord`, body, 'end'].join('\n')
}
