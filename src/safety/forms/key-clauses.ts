import type { Constraint, DefElem } from 'libpg-query'
import type { KeyClauses } from '../effect.ts'
import { allOf, as, strings } from '../nodes.ts'
import { listName, quoteName } from '../sql-text.ts'

/** What a unique constraint or a primary key says beside its columns. */
export function keyClausesOf(constraint: Constraint): KeyClauses {
  const included = strings(constraint.including).map(quoteName)
  const options = allOf(constraint.options, 'DefElem').map(optionText)
  const { indexspace, deferrable, initdeferred, nulls_not_distinct: notDistinct } = constraint
  const ofIndex = [
    ...(included.length === 0 ? [] : [`INCLUDE (${included.join(', ')})`]),
    ...(notDistinct === true ? ['NULLS NOT DISTINCT'] : []),
    ...(options.length === 0 ? [] : [`WITH (${options.join(', ')})`]),
    ...(indexspace === undefined ? [] : [`TABLESPACE ${quoteName(indexspace)}`]),
  ]
  const ofConstraint = [
    ...(deferrable === true ? ['DEFERRABLE'] : []),
    ...(initdeferred === true ? ['INITIALLY DEFERRED'] : []),
  ]
  return { ofIndex: spaced(ofIndex), ofConstraint: spaced(ofConstraint) }
}

const spaced = (words: readonly string[]): string => words.map((word) => ` ${word}`).join('')

function optionText({ defname = '', arg }: DefElem): string {
  const name = quoteName(defname)
  if (arg === undefined) return name
  const word = listName(as(arg, 'TypeName')?.names)
  const value = as(arg, 'Integer')?.ival ?? as(arg, 'Float')?.fval ?? as(arg, 'String')?.sval ?? word
  return `${name} = ${value}`
}
