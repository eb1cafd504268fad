import type { Node } from 'libpg-query'
import { allOf, as } from '../nodes.ts'
import { typeWords } from './column-types.ts'
import type { RecipeContext } from './context.ts'
import { pythonConstant, pythonText, singular } from './literals.ts'
import type { ForeignKey, Value } from './operations.ts'

/** Django's name of the model of a table: that of its app comes first in the table's, unless the model says otherwise. */
export function modelOf(table: string, app: string | undefined): string {
  if (app !== undefined && table.startsWith(`${app}_`)) return table.slice(app.length + 1)
  return singular(table.split('_').at(-1) ?? table)
}

/** Whether a name can be that of a field. */
export function isField(name: string): boolean {
  return /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)
}

/** The name under which the model has the column: a foreign key goes without the _id of its column. */
export function fieldName(table: string, column: string, context: RecipeContext): string {
  return referenceOf(table, column, context) === null ? column : column.replace(/_id$/, '')
}

function referenceOf(table: string, column: string, context: RecipeContext): ForeignKey | null {
  return column.endsWith('_id') ? context.foreignKeyOf(table, column) : null
}

/** The field of a column with these options; null when its type is not known, or none of Django's makes exactly this one. */
export function fieldOf(
  table: string,
  column: string,
  context: RecipeContext,
  options: readonly string[],
): string | null {
  if (!isField(column)) return null
  const key = referenceOf(table, column, context)
  if (key !== null) return foreignKey(key, context, options)
  const type = context.typeOf(table, column)
  const words = type === null ? null : typeWords(type, 'django')
  if (words === null) return null
  const [name = '', own = ''] = words.split(/[()]/)
  return `models.${name}(${[...(own === '' ? [] : [own]), ...options].join(', ')})`
}

/** A foreign key; `db_constraint=False` among the options keeps the constraint for a statement of its own. */
function foreignKey(key: ForeignKey, { target }: RecipeContext, options: readonly string[]): string {
  const own = modelOf(key.referenced, target.app)
  const [app, ...rest] = key.referenced.split('_')
  const foreign = target.app !== undefined && !key.referenced.startsWith(`${target.app}_`) && rest.length > 0
  const model = foreign ? `${String(app)}.${rest.join('_')}` : own
  const words = [pythonText(model), 'on_delete=models.DO_NOTHING', 'db_index=False', ...options]
  return `models.ForeignKey(${words.join(', ')})`
}

/** What Django itself writes into new rows in place of the value; null when it would have to know an expression. */
export function pythonDefault({ sql, constant }: Value, type: string | null): string | null {
  if (type === 'jsonb' && sql === "'{}'") return 'dict'
  if (constant !== undefined) return pythonConstant(constant)
  return sql === 'now()' ? 'timezone.now' : null
}

/** A condition of plain comparisons as a Q object; null when it is anything else. */
export function conditionOf(tree: Node | undefined): string | null {
  if (tree === undefined) return null
  const and = as(tree, 'BoolExpr')
  if (and?.boolop === 'AND_EXPR') {
    const parts = (and.args ?? []).map(conditionOf)
    return parts.includes(null) ? null : parts.join(' & ')
  }
  const test = as(tree, 'NullTest')
  const tested = columnName(test?.arg)
  if (test !== undefined && tested !== null)
    return `models.Q(${tested}__isnull=${test.nulltesttype === 'IS_NULL' ? 'True' : 'False'})`
  return comparison(tree)
}

const lookups: Readonly<Record<string, string>> = {
  '=': '',
  '>': '__gt',
  '>=': '__gte',
  '<': '__lt',
  '<=': '__lte',
}

function comparison(tree: Node): string | null {
  const expression = as(tree, 'A_Expr')
  const lookup = lookups[allOf(expression?.name, 'String')[0]?.sval ?? '']
  const column = columnName(expression?.lexpr)
  const constant = as(expression?.rexpr, 'A_Const')?.ival
  if (expression?.kind !== 'AEXPR_OP' || lookup === undefined || column === null || constant === undefined)
    return null
  return `models.Q(${column}${lookup}=${constant.ival ?? 0})`
}

function columnName(node: Node | undefined): string | null {
  const fields = as(node, 'ColumnRef')?.fields ?? []
  const name = fields.length === 1 ? as(fields[0], 'String')?.sval : undefined
  return name !== undefined && isField(name) ? name : null
}
