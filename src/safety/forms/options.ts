import type { Node } from 'libpg-query'
import { allOf, as } from '../nodes.ts'

/** Whether a statement switches an option on: by its name alone or with a value, of which Postgres takes the last. */
export function isOn(options: readonly Node[] | undefined, name: string): boolean {
  const option = allOf(options, 'DefElem').findLast(({ defname }) => defname === name)
  if (option === undefined) return false
  const number = as(option.arg, 'Integer')
  if (number !== undefined) return (number.ival ?? 0) !== 0
  return !off.has(as(option.arg, 'String')?.sval?.toLowerCase() ?? '')
}

const off = new Set(['false', 'off'])
