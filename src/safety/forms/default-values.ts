import type { Node } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import type { World } from '../known.ts'
import { as } from '../nodes.ts'
import { typeText } from '../sql-text.ts'

/** Why a default is surely no value of the type; undefined where it may be one. */
export function whyNoValue(expression: Node | undefined, type: string, world: World): string | undefined {
  const text = constantText(expression, type)
  if (text === undefined || world.known.doubtful) return undefined
  const isValue = labelsOf(type, world)?.has(text) ?? looksRight(text, type)
  return isValue ? undefined : `'${text}' is no ${type}`
}

/** 'x', or 'x'::mood where that is the type. */
function constantText(expression: Node | undefined, type: string): string | undefined {
  const cast = as(expression, 'TypeCast')
  if (cast !== undefined) return typeText(cast.typeName) === type ? constantText(cast.arg, type) : undefined
  const constant = as(expression, 'A_Const')
  return constant?.sval === undefined ? undefined : (constant.sval.sval ?? '')
}

/** The labels of an enum, with those that the pending migrations added; undefined where they are not known. */
export function labelsOf(type: string, { facts, known }: World): ReadonlySet<string> | undefined {
  const key = qualified(type)
  if (known.types.has(key)) return known.labels.get(key)
  const labels = facts?.type?.(type)?.labels
  if (!labels || known.typesGone.has(key)) return undefined
  return new Set([...labels, ...(known.labels.get(key) ?? [])])
}

/** The same as a name among others. */
export function knownLabels(type: string, world: World): { labels?: readonly string[] } {
  const labels = labelsOf(type, world)
  return labels === undefined ? {} : { labels: [...labels] }
}

const whole = /^\s*[+-]?\d/
const fraction = /^\s*[+-]?(\.?\d|nan|inf)/i
const time = /\d|now|today|tomorrow|yesterday|infinity|epoch|allballs/i

/** How a value begins at least: what does not, Postgres refuses. */
const beginnings: Readonly<Record<string, RegExp>> = {
  smallint: whole,
  integer: whole,
  bigint: whole,
  numeric: fraction,
  real: fraction,
  'double precision': fraction,
  boolean: /^\s*(t|f|y|n|on|of|1|0)/i,
  uuid: /^\{?[\da-f-]{32}/i,
  date: time,
  timestamp: time,
}

function looksRight(text: string, type: string): boolean {
  if (type === 'json' || type === 'jsonb') return isJson(text)
  const name = type.replace(/\(.*/, '').replace(/ with.*/, '')
  return type.endsWith(']') || (beginnings[name]?.test(text) ?? true)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
