import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Readable } from 'node:stream'
import fetch, { type Headers, type Response } from 'node-fetch'

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
  send(message: Message): Promise<Answer>
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
  const kept = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }
  return {
    send: async (message) => {
      const call = startDeadline(callTimeout, [signal])
      try {
        const response = await fetch(message.url, {
          ...request(message, call.signal),
          // A connection that the server has just given up fails like a lost answer. For a POST that would leave open
          // whether it took effect, so each takes a fresh one.
          agent: (url) =>
            message.method === 'POST' ? undefined : url.protocol === 'https:' ? kept.https : kept.http,
        })
        const bytes = await response.arrayBuffer()
        return { status: response.status, headers: response.headers, body: new TextDecoder().decode(bytes) }
      } catch (error) {
        throw call.explain(error)
      } finally {
        call.end()
      }
    },
    open: async (message, stop) => {
      const call = startDeadline(callTimeout, [signal, stop])
      try {
        const response = await fetch(message.url, request(message, call.signal))
        call.endDeadline()
        const body = response.body as Readable
        body.once('close', () => call.end())
        return { response, body }
      } catch (error) {
        call.end()
        throw call.explain(error)
      }
    },
    close: () => {
      kept.http.destroy()
      kept.https.destroy()
    },
  }
}

function request(message: Message, signal: AbortSignal) {
  const { method, headers, body = null } = message
  return { method, headers: { ...headers }, body, signal }
}

/** One abort signal out of a time limit and other signals, which lets go of all of them at the end. */
function startDeadline(seconds: number, signals: readonly (AbortSignal | undefined)[]) {
  const controller = new AbortController()
  const given = signals.filter((signal) => signal !== undefined)
  const stop = (): void => controller.abort()
  for (const signal of given) {
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  }
  let late = false
  const timer = setTimeout(() => {
    late = true
    stop()
  }, seconds * 1000)
  return {
    signal: controller.signal,
    endDeadline: () => clearTimeout(timer),
    end: () => {
      clearTimeout(timer)
      for (const signal of given) signal.removeEventListener('abort', stop)
    },
    explain: (error: unknown): unknown =>
      late ? new CallTimeoutError(`no answer within ${String(seconds)} seconds`, { cause: error }) : error,
  }
}
