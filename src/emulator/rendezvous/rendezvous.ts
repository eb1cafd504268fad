import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { OneOff } from '../platform.ts'
import { converse } from './conversation.ts'

/** Where clients meet their attached dynos: over TLS, by an id that only they know. */
export interface Rendezvous {
  /** An id for a dyno that is about to start. */
  offer(): Meeting
  /**
   * Joins a client to the dyno of that id, passing over the first `skip` bytes, which named the id. A client nobody waits for is
   * disconnected.
   */
  join(id: string, socket: Duplex, skip: number): void
}

export interface Meeting {
  readonly id: string
  /** What the dyno writes; kept until its client comes. */
  readonly write: (chunk: Buffer) => void
  /** The dyno runs. Without a client within `wait` milliseconds it is ended, and `onMissed` called. */
  begin(dyno: OneOff, wait: number, onMissed: () => void): void
  /** There will be no dyno: the id is forgotten. */
  cancel(): void
}

interface Side {
  readonly early: Buffer[]
  dyno: OneOff | undefined
  send: ((chunk: Buffer) => void) | undefined
  joined: (() => void) | undefined
}

export function createRendezvous(): Rendezvous {
  const meetings = new Map<string, Side>()
  return {
    offer() {
      const id = randomUUID()
      const side: Side = { early: [], dyno: undefined, send: undefined, joined: undefined }
      meetings.set(id, side)
      return {
        id,
        write: (chunk) => (side.send === undefined ? void side.early.push(chunk) : side.send(chunk)),
        begin(dyno, wait, onMissed) {
          side.dyno = dyno
          const timer = setTimeout(() => {
            meetings.delete(id)
            onMissed()
            dyno.kill()
          }, wait)
          side.joined = () => clearTimeout(timer)
        },
        cancel: () => void meetings.delete(id),
      }
    },
    join(id, socket, skip) {
      const side = meetings.get(id)
      // An id is good for one client.
      meetings.delete(id)
      if (side?.dyno === undefined) return void socket.destroy()
      side.joined?.()
      side.send = converse(socket, side.dyno, side.early, skip)
    },
  }
}
