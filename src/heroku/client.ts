import { z } from 'zod'
import { isLoopback } from '../config/addresses.ts'
import type { Timing } from '../config/timing.ts'
import { UsageError } from '../errors.ts'
import { createTransport, type Method, type Transport } from './transport.ts'
import { repeatUntilAnswered, type Repeat } from './repeat.ts'
import { describeCall, errorFrom, jsonFrom } from './answer.ts'
import { HerokuUnreachableError } from './errors.ts'

export interface ClientOptions {
  /** Without a slash at the end: https://api.heroku.com */
  readonly apiUrl: string
  readonly dataUrl: string
  readonly token: string
  readonly timing: Timing
  /** Aborts every call and every wait. */
  readonly signal?: AbortSignal | undefined
  /** Something the user should know that is no failure: a warning of Heroku's, a repeated call. */
  readonly onWarning?: ((message: string) => void) | undefined
  /** Real seconds for one attempt of one call. The network does not run on the time scale. */
  readonly callTimeout?: number | undefined
}

export interface RequestOptions<T> {
  readonly body?: unknown
  /** The value of a Range header: 'version ..; max=10, order=desc'. */
  readonly range?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly host?: 'api' | 'data'
  /** Platform seconds after which the call is not attempted again. Default 120. */
  readonly deadline?: number
  /** The shape of the answer. Without it the answer is not looked at. */
  readonly expect?: z.ZodType<T>
  /** Only a POST needs it: see Repeat. */
  readonly repeat?: Repeat<T>
  /** Aborts this call, its repeats included. */
  readonly signal?: AbortSignal
}

export interface ListOptions<T> {
  /** The shape of one item. */
  readonly item: z.ZodType<T>
  readonly range?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly host?: 'api' | 'data'
  /** How many pages to read at most; more than that is an error and no silent end. Default 100. */
  readonly pages?: number
  /** Asked after each page with all items so far; true ends the reading. */
  readonly enough?: (items: readonly T[]) => boolean
}

export interface HerokuClient {
  readonly timing: Timing
  readonly signal: AbortSignal | undefined
  readonly transport: Transport
  /** For messages: api.heroku.com. */
  readonly apiHost: string
  warn(message: string): void
  /**
   * One call, repeated with back-off while that is safe. Throws HerokuApiError for an error that Heroku answers,
   * HerokuUnreachableError when no whole answer came until the deadline, HerokuUncertainError when a POST may or may not
   * have taken effect.
   */
  request<T = undefined>(method: Method, path: string, options?: RequestOptions<T>): Promise<T>
  /** Every page of a list. */
  list<T>(path: string, options: ListOptions<T>): Promise<T[]>
  /** Closes the kept-alive connections. */
  close(): void
}

/** Default end of all attempts of one call, in platform seconds. */
const retryDeadline = 120
const accept = 'application/vnd.heroku+json; version=3'

export function createHerokuClient(options: ClientOptions): HerokuClient {
  const bases = { api: trustedBase(options.apiUrl), data: trustedBase(options.dataUrl) }
  const { timing, signal } = options
  // Even a platform that runs a hundred times faster answers a call no faster than the machine can.
  const callTimeout = options.callTimeout ?? Math.max(10, 30 * timing.timeScale)
  const transport = createTransport({ callTimeout, signal })
  const warn = createWarner(options.onWarning)

  const exchange = async <T>(method: Method, path: string, asked: RequestOptions<T>) => {
    const deadline = timing.deadline(asked.deadline ?? retryDeadline)
    const call = { method, path, deadline, timing, signal: asked.signal ?? signal }
    return repeatUntilAnswered(call, asked.repeat, async () => {
      const message = {
        method,
        url: bases[asked.host ?? 'api'] + path,
        headers: headersFor(options.token, asked),
        body: asked.body === undefined ? undefined : JSON.stringify(asked.body),
      }
      const answer = await transport.send(message, asked.signal)
      if (answer.status >= 400) throw errorFrom(describeCall(method, path), answer)
      const warning = answer.headers.get('x-heroku-warning') ?? answer.headers.get('warning-message')
      if (warning) warn(`Heroku says: ${warning}`)
      const value = asked.expect
        ? jsonFrom(describeCall(method, path), answer.body, asked.expect)
        : (undefined as T)
      return { value, nextRange: answer.headers.get('next-range') }
    })
  }

  return {
    timing,
    signal,
    transport,
    apiHost: new URL(bases.api).host,
    warn,
    request: async (method, path, asked = {}) => (await exchange(method, path, asked)).value,
    list: (path, asked) => readPages(path, asked, (request) => exchange('GET', path, request)),
    close: () => transport.close(),
  }
}

function headersFor(
  token: string,
  asked: Pick<RequestOptions<unknown>, 'body' | 'range' | 'headers'>,
): Record<string, string> {
  return {
    Accept: accept,
    Authorization: `Bearer ${token}`,
    'User-Agent': 'lockkeeper',
    ...(asked.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(asked.range === undefined ? {} : { Range: asked.range }),
    ...asked.headers,
  }
}

async function readPages<T>(
  path: string,
  asked: ListOptions<T>,
  read: (request: RequestOptions<T[]>) => Promise<{ value: T[]; nextRange: string | null }>,
): Promise<T[]> {
  const { item, pages = 100, enough = () => false, ...request } = asked
  const items: T[] = []
  let range = asked.range
  for (let page = 1; page <= pages; page++) {
    const { value, nextRange } = await read({ ...request, range, expect: z.array(item) })
    items.push(...value)
    if (!nextRange || enough(items)) return items
    range = nextRange
  }
  throw new HerokuUnreachableError(
    `Heroku's list ${path} did not end after ${String(pages)} pages (${String(items.length)} items).`,
  )
}

/** Each warning once: Heroku repeats some with every answer. */
function createWarner(onWarning: ((message: string) => void) | undefined): (message: string) => void {
  const said = new Set<string>()
  return (message) => {
    if (said.has(message)) return
    said.add(message)
    onWarning?.(message)
  }
}

/** The token goes with every call, so a call in clear text may not leave the machine. */
function trustedBase(address: string): string {
  const url = new URL(address)
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new UsageError(`${address} is not https: the API key would travel in clear text.`)
  }
  return address.replace(/\/+$/, '')
}
