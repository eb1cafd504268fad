import type { DjangoModels } from '../../migrations/django/models.ts'
import type { Recipe, RecipeStep } from '../finding.ts'
import { quoteName } from '../sql-text.ts'
import { readOperation, type Change, type ChangeOf, type ForeignKey, type Operation } from './operations.ts'

/** Who the code is for. */
export interface CodeTarget {
  readonly framework: 'django' | 'alembic' | 'rails'
  /** Major and minor; the newest that is known when absent. */
  readonly version?: readonly [number, number] | undefined
  /** Django's name of the app that the migration belongs to: the tables of its models begin with it. */
  readonly app?: string | undefined
  /** The models have conventions for the names of constraints. */
  readonly namingConvention?: boolean | undefined
  /** What Django calls the tables that the migration changes; they are guessed from the names of tables where nobody asked it. */
  readonly models?: DjangoModels | undefined
}

/** A step with its statements understood. */
export interface ReadStep {
  readonly step: RecipeStep
  readonly operations: readonly Operation[]
}

/** What the other steps of a recipe tell about the names of one. */
export interface RecipeContext {
  readonly target: CodeTarget
  readonly steps: readonly ReadStep[]
  /** The statement's table, as the catalog has it; null when it is not known, or in a named schema. */
  readonly table: string | null
  /** The type of a column, where a statement adds it or the database told it; null when it is not known. */
  typeOf(table: string, column: string): string | null
  /** What an earlier or later statement makes under this name. */
  made<Kind extends Change['kind']>(kind: Kind, table: string, name: string): ChangeOf<Kind> | null
  /** The column as a statement adds it. */
  columnOf(table: string, column: string): ChangeOf<'add column'> | null
  /** The foreign key that a statement puts on the column alone. */
  foreignKeyOf(table: string, column: string): ForeignKey | null
  /** Whether a statement makes the index into a constraint. */
  isAttached(index: { readonly table: string; readonly name: string }): boolean
  /** Whether a later statement gives the index or constraint its own name: what it is called until then is nobody's business. */
  isRenamed(name: string): boolean
  /** Whether an earlier step took the column, or the table, out of the app's code. */
  isForgotten(table: string, column?: string): boolean
}

/** Reads all steps of a recipe, each statement with the one that undoes it: what it undoes itself, or what its own kind has. */
export function readRecipe(recipe: Recipe, target: CodeTarget): RecipeContext {
  const undone = new Map<string, string>()
  const steps = recipe.steps.map((step) => ({
    step,
    operations: step.sql.map((sql) => {
      const { change, reverse } = readOperation(sql)
      if (reverse !== null && reverse !== '') undone.set(reverse, sql)
      for (const [statement, undo] of defaultsOf(change)) undone.set(statement, undo)
      const back = step.repeatsWhile !== undefined ? '' : (undone.get(sql) ?? reverse)
      return { change, sql, reverse: back }
    }),
  }))
  const changes = steps.flatMap(({ operations }) => operations.map(({ change }) => change))
  const forgotten = recipe.steps.flatMap(({ forgets }) => forgets ?? [])
  const about = recipe.about
  const columnOf: RecipeContext['columnOf'] = (table, column) =>
    find(changes, 'add column', (one) => one.table === table && one.column === column)
  return {
    target,
    steps,
    table: plainName(about?.table),
    columnOf,
    typeOf(table, column) {
      const told = plainName(about?.table) === table && plainName(about?.column) === column
      return columnOf(table, column)?.type ?? (told ? (about?.type ?? null) : null)
    },
    made: (kind, table, name) =>
      find(
        changes,
        kind,
        (one) => 'name' in one && one.name === name && 'table' in one && one.table === table,
      ),
    foreignKeyOf: (table, column) =>
      find(changes, 'add foreign key', (one) => one.table === table && one.columns.join() === column),
    isAttached: ({ table, name }) =>
      find(changes, 'attach index', (one) => one.table === table && one.index === name) !== null,
    isRenamed: (name) => find(changes, 'rename part', (one) => one.name === name) !== null,
    isForgotten: (table, column) =>
      forgotten.some((one) => plainName(one.table) === table && plainName(one.column) === (column ?? null)),
  }
}

function find<Kind extends Change['kind']>(
  changes: readonly Change[],
  kind: Kind,
  fits: (change: ChangeOf<Kind>) => boolean,
): ChangeOf<Kind> | null {
  const ofKind = changes.filter((change): change is ChangeOf<Kind> => change.kind === kind)
  return ofKind.find(fits) ?? null
}

// A column that was added with a default can have it back.
function defaultsOf(change: Change): [string, string][] {
  if (change.kind !== 'add column' || change.value === null) return []
  const column = `ALTER TABLE ${quoteName(change.table)} ALTER COLUMN ${quoteName(change.column)}`
  return [[`${column} DROP DEFAULT`, `${column} SET DEFAULT ${change.value.sql}`]]
}

/** A name as the catalog has it: null for one with a schema, and for none. */
export function plainName(name: string | undefined): string | null {
  if (name === undefined) return null
  if (/^"(?:[^"]|"")*"$/.test(name)) return name.slice(1, -1).replaceAll('""', '"')
  return /^[^".]+$/.test(name) ? name : null
}

/** Whether the code is for this version of the framework or a later one. */
export function isAtLeast({ target: { version } }: RecipeContext, major: number, minor = 0): boolean {
  return version === undefined || version[0] > major || (version[0] === major && version[1] >= minor)
}

/** Stands before code that fills rows in batches, which nobody can judge beforehand. */
export const batchesAllowed = '# lockkeeper: allow not-judged because each batch is a transaction of its own'

/** What a framework makes of each kind of change; null where plain SQL serves. */
export type Writers<Result> = {
  readonly [Kind in Change['kind']]: (
    change: ChangeOf<Kind>,
    operation: Operation,
    context: RecipeContext,
  ) => Result | null
}

/** What the framework makes of the operation's change. */
export function writeChange<Result>(
  writers: Writers<Result>,
  operation: Operation,
  context: RecipeContext,
): Result | null {
  const { change } = operation
  const write = writers[change.kind] as (...words: [Change, Operation, RecipeContext]) => Result | null
  return write(change, operation, context)
}
