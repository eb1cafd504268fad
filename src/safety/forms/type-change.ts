interface ParsedType {
  readonly name: string
  readonly modifiers: readonly number[]
  /** Of an interval: the fields that it is restricted to. */
  readonly fields: string
}

function parse(type: string): ParsedType {
  const modifiers = /\(([\d,\s-]+)\)/.exec(type)?.[1]?.split(',').map(Number) ?? []
  const name = withoutModifier(type)
  const [, fields = '', array = ''] = /^interval ([a-z ]+)((?:\[\])*)$/.exec(name) ?? []
  return { name: fields === '' ? name : `interval${array}`, modifiers, fields }
}

/** 'character varying' of 'character varying(20)'. */
export function withoutModifier(type: string): string {
  return type
    .replace(/\([\d,\s-]+\)/, '')
    .replace(/\s+/g, ' ')
    .replace(/^bpchar\b/, 'character')
    .trim()
}

const text = ['text', 'character varying']
// A modifier that only widens what fits keeps the rows as they are.
const widening = new Set([
  'character varying',
  'bit varying',
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
  // Postgres looks at each element, unless the new type says nothing more of it.
  if (after.name.endsWith('[]')) return after.modifiers.length === 0 && after.fields === ''
  if (before.name === 'character') return after.modifiers.length === 0
  if (before.name === 'interval') return keepsInterval(before, after)
  if (before.name === 'numeric') return widensNumeric(before.modifiers, after.modifiers)
  return widening.has(before.name) && widens(before, after)
}

const finest = 6 // digits of a second, when the type says nothing

function widens(before: ParsedType, after: ParsedType): boolean {
  const timed = before.name.startsWith('time')
  const [from, to] = [before, after].map(({ modifiers }) => modifiers[0] ?? (timed ? finest : Infinity))
  return (to ?? 0) >= (from ?? 0)
}

// The smallest last: that is the one that is cut off. What names none goes down to the second.
const fields = ['second', 'minute', 'hour', 'day', 'month', 'year']

/** Digits count only where there are seconds. */
function keepsInterval(before: ParsedType, after: ParsedType): boolean {
  const [from, to] = [before, after].map((one) =>
    Math.max(0, fields.indexOf(one.fields.split(' ').at(-1) ?? '')),
  )
  const [digits, newDigits] = [before, after].map(({ modifiers }) => modifiers[0] ?? finest)
  return (to ?? 0) <= (from ?? 0) && ((from ?? 0) > 0 || (newDigits ?? 0) >= (digits ?? 0))
}

function widensNumeric(before: readonly number[], after: readonly number[]): boolean {
  if (after.length === 0) return true
  if (before.length === 0) return false
  const [precision = 0, scale = 0] = before
  const [newPrecision = 0, newScale = 0] = after
  return newScale === scale && newPrecision >= precision
}

const timestamps = ['timestamp without time zone', 'timestamp with time zone']

/** From timestamp to timestamptz or back: how the rows are stored depends on the time zone of the session. */
export function isTimeZoneChange(from: string, to: string): boolean {
  const before = parse(from)
  const after = parse(to)
  const [a, b] = [before.name, after.name]
  return timestamps.includes(a) && timestamps.includes(b) && a !== b && widens(before, after)
}

/** Whether an index keeps its order when the rows stay as they are. */
export function keepsIndexes(from: string, to: string): boolean {
  const [before, after] = [parse(from).name, parse(to).name]
  const network = ['cidr', 'inet']
  return (
    before === after || [text, network].some((family) => family.includes(before) && family.includes(after))
  )
}

// Within a family, a column can be compared with values of each of its types.
const families: readonly (readonly string[])[] = [
  [...text, 'character', '"char"', 'citext', 'name'],
  ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'oid'],
  ['date', ...timestamps],
  ['time without time zone', 'time with time zone'],
  ['cidr', 'inet'],
  ['bit', 'bit varying'],
]

// Without an operator = there is no comparison that could be lost.
const incomparable = new Set(['json', 'xml', 'point', 'polygon'])

/** Whether queries that compare the column with a value of its old type still find an operator. */
export function staysComparable(from: string, to: string): boolean {
  const [before, after] = [parse(from).name, parse(to).name].map((name) => name.replace(/^.*\./, ''))
  if (before === after || incomparable.has(before ?? '')) return true
  return families.some((family) => family.includes(before ?? '') && family.includes(after ?? ''))
}

/** Whether values are rounded or cut without a word: fewer digits after the point or of a second, or no time of the day at all. */
export function losesDigits(from: string, to: string): boolean {
  const before = parse(from)
  const after = parse(to)
  if (before.name === 'numeric' && after.name === 'numeric') {
    const scale = after.modifiers.length === 0 ? Infinity : (after.modifiers[1] ?? 0)
    const earlier = before.modifiers.length === 0 ? Infinity : (before.modifiers[1] ?? 0)
    return scale < earlier
  }
  if (fractions.has(before.name) && /^(smallint|integer|bigint)$/.test(after.name)) return true
  if (inexact[after.name]?.includes(before.name) === true) return true
  if (before.name === 'interval' && after.name === 'interval') return !keepsInterval(before, after)
  const times = ['time without time zone', 'time with time zone']
  if (timestamps.includes(before.name) && ['date', ...times].includes(after.name)) return true
  const timed = [...timestamps, ...times]
  return timed.includes(before.name) && timed.includes(after.name) && !widens(before, after)
}

const fractions = new Set(['numeric', 'real', 'double precision'])

/** What holds more digits than the type. */
const inexact: Readonly<Record<string, readonly string[]>> = {
  real: ['integer', 'bigint', 'numeric', 'double precision'],
  'double precision': ['bigint', 'numeric'],
}

/** Whether the new type takes shorter texts or bit strings than the old one. */
export function narrows(from: string, to: string): boolean {
  const [before, after] = [parse(from), parse(to)]
  const texts = [...text, 'character']
  const bits = ['bit', 'bit varying']
  if (![texts, bits].some((kind) => kind.includes(before.name) && kind.includes(after.name))) return false
  const length = ({ modifiers }: ParsedType) => modifiers[0] ?? Infinity
  return length(after) < length(before)
}
