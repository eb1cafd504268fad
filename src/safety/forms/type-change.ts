interface ParsedType {
  readonly name: string
  readonly modifiers: readonly number[]
}

function parse(type: string): ParsedType {
  const modifiers = /\(([\d,\s-]+)\)/.exec(type)?.[1]?.split(',').map(Number) ?? []
  return { name: type.replace(/\([\d,\s-]+\)/, '').trim(), modifiers }
}

const text = ['text', 'character varying']
// A modifier that only widens what fits keeps the rows as they are.
const widening = new Set([
  'character varying',
  'bit varying',
  'interval',
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
])

/**
 * Whether Postgres changes a column from one type to the other in its catalogs alone. Types are as format_type prints them.
 * Only what holds under every setting counts: timestamp to timestamptz is free under one time zone and so is not here.
 */
export function isFreeChange(from: string, to: string): boolean {
  const before = parse(from)
  const after = parse(to)
  if (from === to) return true
  if (before.name === 'cidr' && after.name === 'inet') return true
  if (text.includes(before.name) && after.name === 'text') return true
  if (before.name === 'text') return after.name === 'character varying' && after.modifiers.length === 0
  if (before.name !== after.name) return false
  if (before.name === 'numeric') return widensNumeric(before.modifiers, after.modifiers)
  return widening.has(before.name) && widens(before.modifiers, after.modifiers)
}

function widens([before]: readonly number[], [after]: readonly number[]): boolean {
  if (after === undefined) return true
  return before !== undefined && after >= before
}

function widensNumeric(before: readonly number[], after: readonly number[]): boolean {
  if (after.length === 0) return true
  if (before.length === 0) return false
  const [precision = 0, scale = 0] = before
  const [newPrecision = 0, newScale = 0] = after
  return newScale === scale && newPrecision >= precision
}
