import { bracketsAfter, indexedExpression, itemsOf, textAfter, textBefore } from '../sql-parts.ts'
import { ownRows, type Asking } from './question.ts'

/** ADD CONSTRAINT ... EXCLUDE: pairs of rows that it forbids. */
export const askExclusion: Asking = ({ effect: { names }, facts }) => {
  const definition = names.definition ?? ''
  const elements = itemsOf(bracketsAfter(definition, 'exclude') ?? '').flatMap((element) => {
    const operator = textAfter(element, 'with')
    return operator === undefined
      ? []
      : [{ operator, expression: indexedExpression(textBefore(element, 'with')) }]
  })
  if (elements.length === 0) return []
  const condition = bracketsAfter(definition, 'where')
  const columns = elements.map(({ expression }, index) => `${expression} as e${index}`)
  const rows =
    `(select tableoid as place, ctid as number, ${columns.join(', ')} from ${ownRows(names.table, facts)}` +
    (condition === undefined ? ')' : ` where (${condition}))`)
  const clash = elements.map(({ operator }, index) => `a.e${index} ${operator} b.e${index}`)
  return [
    {
      table: names.table,
      what: `pairs of rows that ${names.constraint ?? 'the constraint'} excludes`,
      sql: `select from ${rows} a join ${rows} b on (a.place, a.number) < (b.place, b.number) and ${clash.join(' and ')}`,
    },
  ]
}
