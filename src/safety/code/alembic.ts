import { typeWords } from './column-types.ts'
import { batchesAllowed, writeChange, type ReadStep, type RecipeContext, type Writers } from './context.ts'
import { indent, pythonCall, pythonText } from './literals.ts'
import type { ChangeOf, ForeignKey, Index, Operation } from './operations.ts'

/** What an operation is in Python: a call for each direction. */
interface Calls {
  readonly up: string
  /** '' when there is nothing to undo, null when there is no way back. */
  readonly down: string | null
}

/** The functions of a revision of Alembic; null for a step without statements, because the models are the app's own. */
export function alembicCode({ step, operations }: ReadStep, context: RecipeContext): string | null {
  if (operations.length === 0) return null
  const outside = step.noTransaction === true
  if (step.repeatsWhile !== undefined) return batches(operations, step.repeatsWhile)
  const calls = operations.map((operation) => writeChange(writers, operation, context) ?? plain(operation))
  const down = calls.map((call) => call.down)
  const back = down.includes(null)
    ? ['raise NotImplementedError("There is no way back.")']
    : inBlock(
        down.toReversed().flatMap((call) => (call === '' || call === null ? [] : [call])),
        outside,
      )
  const text = [
    ...method(
      'upgrade',
      inBlock(
        calls.map(({ up }) => up),
        outside,
      ),
    ),
    '',
    '',
    ...method('downgrade', back.length === 0 ? ['pass'] : back),
  ].join('\n')
  const imports = text.includes('postgresql.') ? ['from sqlalchemy.dialects import postgresql', '', ''] : []
  return [...imports, text].join('\n')
}

const method = (name: string, lines: readonly string[]): string[] => [`def ${name}():`, ...indent(lines, 4)]

function inBlock(lines: readonly string[], outside: boolean): string[] {
  if (!outside || lines.length === 0) return [...lines]
  return ['with op.get_context().autocommit_block():', ...indent(lines, 4)]
}

function batches(operations: readonly Operation[], question: string): string {
  const loop = [
    `while op.get_bind().execute(sa.text(${boundText(question)})).first() is not None:`,
    ...operations.map(({ sql }) => `    ${execute(sql)}`),
  ]
  return [
    batchesAllowed,
    ...method('upgrade', inBlock(loop, true)),
    '',
    '',
    ...method('downgrade', ['pass']),
  ].join('\n')
}

const execute = (sql: string): string => call('execute', boundText(sql))

// SQLAlchemy takes a colon before a word for a parameter.
function boundText(sql: string): string {
  return pythonText(sql.replace(/(?<![:\w\\]):(?=\w)/g, '\\:'))
}

function plain({ sql, reverse }: Operation): Calls {
  return { up: execute(sql), down: reverse === null ? null : reverse === '' ? '' : execute(reverse) }
}

const call = (name: string, ...words: readonly string[]): string => pythonCall(`op.${name}`, ...words)

const list = (names: readonly string[]): string => `[${names.map(pythonText).join(', ')}]`

const writers: Writers<Calls> = {
  'add column': addColumn,
  'drop column': ({ table, column }, operation) => ({
    up: call('drop_column', pythonText(table), pythonText(column)),
    down: plain(operation).down,
  }),
  'set default': (change) => ({
    up: alterColumn(change, `server_default=sa.text(${boundText(change.value.sql)})`),
    down: alterColumn(change, 'server_default=None'),
  }),
  'drop default': (change, operation) => ({
    up: alterColumn(change, 'server_default=None'),
    down: plain(operation).down,
  }),
  'set not null': (change) => ({
    up: alterColumn(change, 'nullable=False'),
    down: alterColumn(change, 'nullable=True'),
  }),
  'drop not null': (change) => ({
    up: alterColumn(change, 'nullable=True'),
    down: alterColumn(change, 'nullable=False'),
  }),
  'add check': (change, _, context) => ({
    up: addCheck(change, context),
    down: dropConstraint(change, 'check', context),
  }),
  'drop constraint': (change, operation, context) => {
    const check = context.made('add check', change.table, change.name)
    return check === null
      ? { up: dropConstraint(change, '', context), down: plain(operation).down }
      : { up: dropConstraint(change, 'check', context), down: addCheck(check, context) }
  },
  'add foreign key': (change, _, context) => ({
    up: addForeignKey(change, context),
    down: dropConstraint(change, 'foreignkey', context),
  }),
  'create index': createIndex,
  'drop index': ({ name }, operation) => ({
    up: call('drop_index', pythonText(name), concurrently),
    down: plain(operation).down,
  }),
  'rename table': ({ table, newName }) => ({
    up: call('rename_table', pythonText(table), pythonText(newName)),
    down: call('rename_table', pythonText(newName), pythonText(table)),
  }),
  'drop table': ({ table }) => ({ up: call('drop_table', pythonText(table)), down: null }),
  // Alembic has no words for these.
  validate: () => null,
  'attach index': () => null,
  'rename part': () => null,
  other: () => null,
}

const concurrently = 'postgresql_concurrently=True'

function createIndex(change: Index, operation: Operation, context: RecipeContext): Calls {
  const { name, table, columns, unique } = change
  const [index, owner] = [pythonText(name), pythonText(table)]
  const options = [...(unique ? ['unique=True'] : []), concurrently]
  return {
    up: call('create_index', index, owner, list(columns), ...options),
    // A constraint takes the index that it was made of along.
    down: context.isAttached(change)
      ? plain(operation).down
      : call('drop_index', index, `table_name=${owner}`, concurrently),
  }
}

function addColumn({ table, column, type, notNull, value }: ChangeOf<'add column'>): Calls | null {
  const words = alembicType(type)
  if (words === null) return null
  const options = [
    pythonText(column),
    words,
    ...(value === null ? [] : [`server_default=sa.text(${boundText(value.sql)})`]),
    `nullable=${notNull ? 'False' : 'True'}`,
  ]
  return {
    up: call('add_column', pythonText(table), `sa.Column(${options.join(', ')})`),
    down: call('drop_column', pythonText(table), pythonText(column)),
  }
}

function alembicType(type: string): string | null {
  if (!type.endsWith('[]')) return typeWords(type, 'alembic')
  const element = alembicType(type.slice(0, -2))
  return element === null ? null : `postgresql.ARRAY(${element})`
}

function alterColumn({ table, column }: { table: string; column: string }, change: string): string {
  return call('alter_column', pythonText(table), pythonText(column), change)
}

/** A name that no convention of the models changes any more. */
function finalName(name: string, { target }: RecipeContext): string {
  return target.namingConvention === true ? `op.f(${pythonText(name)})` : pythonText(name)
}

function addCheck({ table, name, condition }: ChangeOf<'add check'>, context: RecipeContext): string {
  const words = [finalName(name, context), pythonText(table), boundText(condition)]
  return call('create_check_constraint', ...words, 'postgresql_not_valid=True')
}

function dropConstraint(
  { table, name }: { table: string; name: string },
  type: string,
  context: RecipeContext,
): string {
  return call(
    'drop_constraint',
    finalName(name, context),
    pythonText(table),
    ...(type === '' ? [] : [`type_="${type}"`]),
  )
}

function addForeignKey(key: ForeignKey, context: RecipeContext): string {
  return call(
    'create_foreign_key',
    finalName(key.name, context),
    pythonText(key.table),
    pythonText(key.referenced),
    list(key.columns),
    list(key.referencedColumns),
    ...(key.onDelete === null ? [] : [`ondelete="${key.onDelete}"`]),
    ...(key.deferred ? ['deferrable=True', 'initially="DEFERRED"'] : []),
    'postgresql_not_valid=True',
  )
}
