import { Agent } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

/** A web dyno that accepts requests. */
export interface Backend {
  readonly dyno: string
  readonly port: number
  readonly agent: Agent
  /** Requests that the router sent and that have not ended. */
  inFlight: number
}

/**
 * Milliseconds after which an unused connection to a dyno is closed. Shorter than what common servers wait (Node 5 s,
 * gunicorn 2 s), so that no request is written to a connection that the dyno is just closing.
 */
const UNUSED_CONNECTION = 1_500
/** Far more than one router ever holds at once; Node's 256 would close connections under load only to open them again. */
const MOST_UNUSED = 4_096
const DRAIN_INTERVAL = 5

export function createBackend(dyno: string, port: number): Backend {
  const agent = new Agent({
    keepAlive: true,
    scheduling: 'lifo',
    maxFreeSockets: MOST_UNUSED,
    timeout: UNUSED_CONNECTION,
  })
  return { dyno, port, agent, inFlight: 0 }
}

/**
 * Closes the connections to a dyno that gets no more requests, those in use when their request ends: a server that closes
 * waits for them. Resolves when no request is in flight any more, at the latest after so many milliseconds.
 */
export async function retire(backend: Backend, deadline: number): Promise<void> {
  const { agent } = backend
  agent.maxFreeSockets = 0
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy()
  const end = performance.now() + deadline
  while (backend.inFlight > 0 && performance.now() < end) await wait(DRAIN_INTERVAL)
}
