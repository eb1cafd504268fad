import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Clock } from '../platform.ts'

/** What to do to requests that match; the fields can be combined. */
export interface HttpFault {
  readonly method?: string | undefined
  /** A regular expression, tried on the path and query. */
  readonly path: string
  /** How many requests it meets; for ever when absent. */
  readonly times?: number | undefined
  /** How many matching requests pass before it. */
  readonly skip?: number | undefined
  /** Answers this instead of asking the real handler. */
  readonly status?: number | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Waits this many platform seconds first. */
  readonly delay?: number | undefined
  /** Resets the connection before the real handler sees the request. */
  readonly reset?: true | undefined
  /** Lets the real handler answer, sends that many bytes of its body, then ends the connection. */
  readonly cut?: number | undefined
}

export interface HttpFaults {
  /** Sets a fault and tells its id. */
  add(fault: HttpFault): string
  all(): readonly (HttpFault & { readonly id: string; readonly met: number })[]
  clear(): void
  /** The fault that meets this request, counted. */
  take(method: string, url: string): HttpFault | undefined
}

export function createHttpFaults(): HttpFaults {
  let settings: { id: string; fault: HttpFault; pattern: RegExp; passed: number; met: number }[] = []
  return {
    add(fault) {
      const id = randomUUID()
      settings.push({ id, fault, pattern: new RegExp(fault.path), passed: 0, met: 0 })
      return id
    },
    all: () => settings.map(({ id, fault, met }) => ({ ...fault, id, met })),
    clear() {
      settings = []
    },
    take(method, url) {
      for (const setting of settings) {
        const { fault } = setting
        if (fault.method !== undefined && fault.method.toUpperCase() !== method) continue
        if (!setting.pattern.test(url) || setting.met >= (fault.times ?? Infinity)) continue
        if (setting.passed < (fault.skip ?? 0)) {
          setting.passed += 1
          continue
        }
        setting.met += 1
        return fault
      }
      return undefined
    },
  }
}

/** Does to a request what the fault says; resolves when the real handler may go on, or the reply has been sent. */
export async function applyHttpFault(fault: HttpFault, reply: FastifyReply, clock: Clock): Promise<void> {
  if (fault.delay !== undefined && !(await waitFor(fault.delay, reply, clock))) {
    reply.hijack()
    return
  }
  if (fault.reset === true) {
    reply.hijack()
    resetConnection(reply.request.raw)
    return
  }
  if (fault.cut !== undefined) cutResponse(reply.raw, fault.cut)
  if (fault.status === undefined && fault.body === undefined) return
  const status = fault.status ?? 200
  const body = fault.body ?? {
    id: status === 429 ? 'rate_limit' : 'fault',
    message: 'A fault was set for this request.',
  }
  await reply
    .code(status)
    .type(typeof body === 'string' ? 'text/plain' : 'application/json')
    .headers(fault.headers ?? {})
    .send(typeof body === 'string' ? body : JSON.stringify(body))
}

/** False when the client left during the wait. */
async function waitFor(seconds: number, reply: FastifyReply, clock: Clock): Promise<boolean> {
  const left = new AbortController()
  const leave = () => left.abort()
  reply.raw.once('close', leave)
  try {
    await clock.sleep(seconds, left.signal)
    return true
  } catch {
    return false
  } finally {
    reply.raw.off('close', leave)
  }
}

function resetConnection(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}

/** Lets only the first bytes of the body out; with 0 not even the headers leave. */
export function cutResponse(response: ServerResponse, bytes: number): void {
  let left = bytes
  const write = response.write.bind(response)
  const end = response.end.bind(response)
  const send = (data: unknown): boolean => {
    const chunk =
      typeof data === 'string' ? Buffer.from(data) : data instanceof Uint8Array ? data : Buffer.alloc(0)
    const part = chunk.subarray(0, left)
    left -= part.length
    if (part.length === chunk.length && left > 0) return chunk.length === 0 || write(chunk)
    if (part.length === 0) response.socket?.destroy()
    else write(part, () => response.socket?.destroy())
    left = 0
    return true
  }
  Object.assign(response, {
    write: (data: unknown) => send(data),
    end: (data: unknown) => {
      send(data)
      if (left > 0) end()
      return response
    },
  })
}
