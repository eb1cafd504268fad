import { bracketsAfter, itemsOf, textAfter } from '../sql-parts.ts'
import type { Asked, Asking } from './question.ts'

/** ATTACH PARTITION: rows that do not belong into it. */
export const askAttachedRows: Asking = (asked) => {
  const { names, work } = asked.effect
  // The partitioned table and its indexes are locked as well, and hold nothing that could be wrong.
  const condition = work === 'scan' ? boundCondition(asked) : undefined
  if (condition === undefined) return []
  const sql = `select from ${names.table} where (${condition}) is not true`
  return [{ table: names.table, what: `rows outside the bound of the partition`, sql }]
}

/** A new partition takes its rows from nowhere: those that the default partition holds already are in the way. */
export const askDefaultRows: Asking = (asked) => {
  const { names, work } = asked.effect
  const condition = work === 'nothing' ? undefined : boundCondition(asked)
  if (condition === undefined) return []
  const sql = `select from ${names.table} where ${condition}`
  return [{ table: names.table, what: `rows that belong into the new partition`, sql }]
}

/** Which rows the bound takes; undefined where the key of the partitioned table is not known, and for DEFAULT. */
function boundCondition({ effect, facts }: Asked): string | undefined {
  const parent = effect.names.referenced ?? ''
  const partitionKey = facts.relation?.(parent)?.partitionKey ?? ''
  const bound = textAfter(effect.statement.sql, 'values')
  const strategy = partitionKey.split(' ')[0] ?? ''
  const key = itemsOf(bracketsAfter(partitionKey, strategy.toLowerCase()) ?? '')
  if (bound === undefined) return undefined
  return conditions[strategy]?.(key, bound, parent)
}

type Condition = (key: readonly string[], bound: string, parent: string) => string | undefined

const conditions: Readonly<Record<string, Condition>> = { RANGE: inRange, LIST: inList, HASH: inHash }

function inRange(key: readonly string[], bound: string): string {
  const from = limit(key, itemsOf(bracketsAfter(bound, 'from') ?? ''), { minvalue: '>=', maxvalue: '>' })
  const to = limit(key, itemsOf(bracketsAfter(bound, 'to') ?? ''), { minvalue: '<', maxvalue: '<=' })
  return [...key.map((part) => `${part} is not null`), ...from({ whole: '>=' }), ...to({ whole: '<' })].join(
    ' and ',
  )
}

/** A comparison with the values up to the first that stands for all. */
function limit(
  key: readonly string[],
  values: readonly string[],
  ended: { readonly minvalue: string; readonly maxvalue: string },
): (operators: { readonly whole: string }) => string[] {
  return ({ whole }) => {
    const end = values.findIndex((value) => /^(min|max)value$/i.test(value))
    const length = end === -1 ? values.length : end
    if (length === 0) return []
    const operator = end === -1 ? whole : /^min/i.test(values[end] ?? '') ? ended.minvalue : ended.maxvalue
    const list = (items: readonly string[]) => `(${items.slice(0, length).join(', ')})`
    return [`${list(key)} ${operator} ${list(values)}`]
  }
}

function inList([key = '']: readonly string[], bound: string): string {
  const values = itemsOf(bracketsAfter(bound, 'in') ?? '')
  const isNull = (value: string) => /^null$/i.test(value)
  const present = values.filter((value) => !isNull(value))
  const parts = [
    ...(present.length > 0 ? [`${key} in (${present.join(', ')})`] : []),
    ...(values.some(isNull) ? [`${key} is null`] : []),
  ]
  return `(${parts.join(' or ')})`
}

function inHash(key: readonly string[], bound: string, parent: string): string | undefined {
  const numbers = /modulus\s+(\d+)\s*,\s*remainder\s+(\d+)/i.exec(bound)
  if (numbers === null) return undefined
  const name = `'${parent.replaceAll("'", "''")}'::regclass`
  return `satisfies_hash_partition(${[name, numbers[1], numbers[2], ...key].join(', ')})`
}
