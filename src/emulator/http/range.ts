import type { FastifyReply, FastifyRequest } from 'fastify'
import { apiError } from './errors.ts'

/** A parsed list range: `version ]10..; max=5, order=desc`. `start` comes first in the order asked for. */
export interface ListRange {
  readonly attribute: string | undefined
  readonly start: string
  readonly startExclusive: boolean
  readonly end: string
  readonly endExclusive: boolean
  readonly max: number
  readonly descending: boolean
}

export interface Page<T> {
  readonly items: readonly T[]
  /** The Content-Range header; absent for an empty page. */
  readonly contentRange: string | undefined
  /** The Next-Range header; absent on the last page. */
  readonly nextRange: string | undefined
}

/** What a list can be ordered by: the first is the default. */
export type Attributes<T> = Readonly<Record<string, (item: T) => string | number>>

const defaultMax = 200
const greatestMax = 1000

/** Reads a Range header in every form that Heroku's clients send; throws 400 for what is none. */
export function parseListRange(header: string | undefined): ListRange {
  const [selection = '', ...rest] = (header ?? '').split(';')
  const match = /^\s*(?:(\w+)(?:\s+([[\]]?)(.*?)\.\.(.*?)([[\]]?))?)?\s*$/.exec(selection)
  if (match === null) throw badRange(`"${selection.trim()}" is no range`)
  const options = new Map<string, string>()
  for (const option of rest.join(',').split(',')) {
    const [name = '', value = ''] = option.split('=').map((part) => part.trim())
    if (name !== '') options.set(name, value)
  }
  const [, attribute, startBracket, start = '', end = '', endBracket] = match
  return {
    attribute,
    start: start.trim(),
    startExclusive: startBracket === ']',
    end: end.trim(),
    endExclusive: endBracket === '[',
    max: parseMax(options.get('max')),
    descending: parseOrder(options.get('order')),
  }
}

function parseMax(text: string | undefined): number {
  if (text === undefined) return defaultMax
  if (!/^[1-9]\d*$/.test(text)) throw badRange('max must be a whole number from 1 to 1000')
  return Math.min(Number(text), greatestMax)
}

function parseOrder(text: string | undefined): boolean {
  if (text !== undefined && text !== 'asc' && text !== 'desc') throw badRange('order must be asc or desc')
  return text === 'desc'
}

function badRange(problem: string) {
  return apiError(400, 'bad_request', `Invalid Range header: ${problem}.`)
}

/** The page of a list that a range asks for. */
export function page<T>(all: readonly T[], range: ListRange, attributes: Attributes<T>): Page<T> {
  const attribute = range.attribute ?? Object.keys(attributes)[0] ?? 'id'
  const value = attributes[attribute]
  if (value === undefined) {
    throw badRange(`this list has no order by ${attribute}, only by ${Object.keys(attributes).join(', ')}`)
  }
  const direction = range.descending ? -1 : 1
  const order = (item: T, bound: string | number) => direction * compare(value(item), bound)
  const wanted = [...all]
    .sort((a, b) => order(a, value(b)))
    .filter((item) => range.start === '' || order(item, range.start) >= (range.startExclusive ? 1 : 0))
    .filter((item) => range.end === '' || order(item, range.end) <= (range.endExclusive ? -1 : 0))
  const items = wanted.slice(0, range.max)
  const [first, last] = [items[0], items.at(-1)]
  if (first === undefined || last === undefined)
    return { items, contentRange: undefined, nextRange: undefined }
  const end = range.end + (range.endExclusive ? '[' : '')
  const options = `max=${range.max}${range.descending ? ', order=desc' : ''}`
  return {
    items,
    contentRange: `${attribute} ${value(first)}..${value(last)}`,
    nextRange: items.length < wanted.length ? `${attribute} ]${value(last)}..${end}; ${options}` : undefined,
  }
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number') return a - Number(b)
  return a < String(b) ? -1 : a > String(b) ? 1 : 0
}

/** Answers a list request: 200 with everything, or 206 and Next-Range. `body` makes the JSON of one item. */
export function sendList<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  all: readonly T[],
  attributes: Attributes<T>,
  body: (item: T) => unknown,
): FastifyReply {
  const result = page(all, parseListRange(request.headers.range), attributes)
  reply.header('Accept-Ranges', Object.keys(attributes).join(', '))
  if (result.contentRange !== undefined) reply.header('Content-Range', result.contentRange)
  if (result.nextRange !== undefined) reply.code(206).header('Next-Range', result.nextRange)
  return reply.send(result.items.map(body))
}
