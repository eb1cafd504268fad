import { parseSync, type Node } from 'libpg-query'
import type { RecipeStep } from './finding.ts'
import { allOf, as, strings } from './nodes.ts'

/** The frameworks whose own code a recipe can be written in. */
export const codeFrameworks = ['django', 'alembic', 'rails'] as const
export type CodeFramework = (typeof codeFrameworks)[number]

/** A step of a recipe as the framework's own migration code: the lines of its operations. Null for a step without SQL. */
export function frameworkCode(step: RecipeStep, framework: CodeFramework): string | null {
  if (step.sql.length === 0) return null
  const write = writers[framework]
  return write(step.sql, step.noTransaction === true)
}

type Write = (statements: readonly string[], outside: boolean) => string

const writers: Readonly<Record<CodeFramework, Write>> = { django, alembic, rails }

function django(statements: readonly string[], outside: boolean): string {
  const operations = statements.map((sql) => {
    const index = concurrentIndex(sql)
    if (index === undefined || index.unique) return `    migrations.RunSQL(${text(sql)}),`
    const fields = index.columns.map((column) => `"${column}"`).join(', ')
    return `    AddIndexConcurrently("${modelOf(index.table)}", models.Index(fields=[${fields}], name="${index.name}")),`
  })
  return [...(outside ? ['atomic = False', ''] : []), 'operations = [', ...operations, ']'].join('\n')
}

// The framework names the table of a model after its app: only the user knows the model.
function modelOf(table: string): string {
  return table.split('_').at(-1)?.replace(/s$/, '') ?? table
}

function alembic(statements: readonly string[], outside: boolean): string {
  const indent = outside ? '        ' : '    '
  const lines = statements.map((sql) => {
    const index = concurrentIndex(sql)
    if (index === undefined) return `${indent}op.execute(${text(sql)})`
    const columns = index.columns.map((column) => `"${column}"`).join(', ')
    const unique = index.unique ? ', unique=True' : ''
    return `${indent}op.create_index("${index.name}", "${index.table}", [${columns}]${unique}, postgresql_concurrently=True)`
  })
  const block = outside ? ['    with op.get_context().autocommit_block():'] : []
  return ['def upgrade():', ...block, ...lines].join('\n')
}

function rails(statements: readonly string[], outside: boolean): string {
  const lines = statements.map((sql) => {
    const index = concurrentIndex(sql)
    if (index === undefined) return `  execute ${text(sql).replaceAll('#{', '\\#{')}`
    const columns = index.columns.map((column) => `:${column}`).join(', ')
    const unique = index.unique ? ', unique: true' : ''
    return `  add_index :${index.table}, [${columns}]${unique}, name: "${index.name}", algorithm: :concurrently`
  })
  return [...(outside ? ['disable_ddl_transaction!', ''] : []), 'def up', ...lines, 'end'].join('\n')
}

/** A text in double quotes, as Python reads it. */
function text(sql: string): string {
  return JSON.stringify(sql)
}

interface ConcurrentIndex {
  readonly table: string
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
}

/** CREATE INDEX CONCURRENTLY over plain columns, with plain names: what the frameworks have words for. */
function concurrentIndex(sql: string): ConcurrentIndex | undefined {
  const node = as(statementOf(sql), 'IndexStmt')
  const elements = allOf(node?.indexParams, 'IndexElem')
  const columns = elements.flatMap(({ name, opclass }) => (strings(opclass).length > 0 ? [] : (name ?? [])))
  const table = node?.relation?.schemaname === undefined ? node?.relation?.relname : undefined
  const plain = node?.concurrent === true && node.whereClause === undefined && node.accessMethod === 'btree'
  if (!plain || table === undefined || node.idxname === undefined || columns.length !== elements.length)
    return undefined
  return { table, name: node.idxname, columns, unique: node.unique === true }
}

function statementOf(sql: string): Node | undefined {
  try {
    const statements = parseSync(sql).stmts ?? []
    return statements.length === 1 ? statements[0]?.stmt : undefined
  } catch {
    return undefined
  }
}
