import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds between two tries; a boot is noticed within this, whatever the time scale. */
const INTERVAL = 10

/** Resolves true when something accepts connections on the loopback port, false when the signal aborts first. */
export async function portBound(port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await accepts(port)) return !signal.aborted
    await wait(INTERVAL, undefined, { signal }).catch(() => undefined)
  }
  return false
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (bound: boolean) => {
      socket.destroy()
      resolve(bound)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}
