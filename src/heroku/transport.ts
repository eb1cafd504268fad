import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Readable } from 'node:stream'
import fetch, { type Headers, type Response } from 'node-fetch'
import { startTimeLimit, type TimeLimit } from './time-limit.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Message {
  readonly method: Method
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The whole body, as UTF-8. */
  readonly body: string
}

/** HTTP with a deadline per call. Knows nothing of Heroku. */
export interface Transport {
  /** One attempt: the whole answer, or an error when any part of it is missing. */
  send(message: Message, signal?: AbortSignal): Promise<Answer>
  /** The deadline holds until the headers are there; the body then comes as it comes, until the signal is aborted. */
  open(message: Message, signal?: AbortSignal): Promise<{ response: Response; body: Readable }>
  close(): void
}

export interface TransportOptions {
  /** Real seconds for one call. */
  readonly callTimeout: number
  readonly signal?: AbortSignal | undefined
}

/** The deadline of one call was reached. */
export class CallTimeoutError extends Error {}

export function createTransport({ callTimeout, signal }: TransportOptions): Transport {
  const kept = createAgents(true)
  const fresh = createAgents(false)
  return {
    send: async (message, stop) => {
      const call = startTimeLimit(callTimeout * 1000, [signal, stop])
      try {
        const response = await fetch(message.url, {
          ...request(message, call.signal),
          // A connection that the server has just given up fails like a lost answer. For a POST that would leave open
          // whether it took effect, so each takes a fresh one.
          agent: message.method === 'POST' ? fresh : kept,
        })
        const bytes = await response.arrayBuffer()
        return { status: response.status, headers: response.headers, body: new TextDecoder().decode(bytes) }
      } catch (error) {
        throw explain(call, callTimeout, error)
      } finally {
        call.end()
      }
    },
    open: async (message, stop) => {
      const call = startTimeLimit(callTimeout * 1000, [signal, stop])
      try {
        const response = await fetch(message.url, {
          ...request(message, call.signal),
          agent: fresh,
          // Compressed text would come in bursts, and its offsets would not be those of the text.
          compress: false,
        })
        call.lift()
        const body = (response.body ?? Readable.from([])) as Readable
        body.once('close', () => call.end())
        return { response, body }
      } catch (error) {
        call.end()
        throw explain(call, callTimeout, error)
      }
    },
    close: () => kept.close(),
  }
}

/** Chooses by the scheme, because an answer may redirect from one to the other. */
function createAgents(keepAlive: boolean) {
  const http = new HttpAgent({ keepAlive })
  const https = new HttpsAgent({ keepAlive })
  const choose = (url: URL): HttpAgent => (url.protocol === 'https:' ? https : http)
  const close = (): void => {
    http.destroy()
    https.destroy()
  }
  return Object.assign(choose, { close })
}

function request(message: Message, signal: AbortSignal) {
  const { method, headers, body = null } = message
  return { method, headers: { ...headers }, body, signal }
}

function explain(limit: TimeLimit, seconds: number, error: unknown): unknown {
  return limit.reached
    ? new CallTimeoutError(`no answer within ${String(seconds)} seconds`, { cause: error })
    : error
}
