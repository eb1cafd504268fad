import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** A web dyno that accepts requests. */
export interface Backend {
  readonly dyno: string
  readonly port: number
  /** Open connections without a request; the one used last is used next. */
  readonly unused: Socket[]
  /** Requests that the router sent and that have not ended. */
  inFlight: number
  /** It gets no more requests, and its connections are not kept. */
  retired: boolean
}

const RETIRE_INTERVAL = 5

export function createBackend(dyno: string, port: number): Backend {
  return { dyno, port, unused: [], inFlight: 0, retired: false }
}

/**
 * Closes the connections to a dyno that gets no more requests, those in use when their request ends: a server that closes
 * waits for them. Resolves when no request is in flight any more, at the latest after so many milliseconds.
 */
export async function retire(backend: Backend, deadline: number): Promise<void> {
  backend.retired = true
  for (const socket of backend.unused.splice(0)) socket.destroy()
  const end = performance.now() + deadline
  while (backend.inFlight > 0 && performance.now() < end) await wait(RETIRE_INTERVAL)
}
