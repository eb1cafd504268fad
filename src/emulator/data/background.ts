import type { FastifyInstance } from 'fastify'

/** Work that goes on after its request was answered. */
export interface Background {
  /** Starts it; the signal aborts when the server closes. What it throws is lost: it reports for itself. */
  run(work: (signal: AbortSignal) => Promise<void>): void
}

/** Background work that ends with the server: closing aborts it and waits until it has ended. */
export function createBackground(server: FastifyInstance): Background {
  const running = new Set<Promise<void>>()
  const closing = new AbortController()
  server.addHook('onClose', async () => {
    closing.abort(new Error('The emulator is shutting down.'))
    await Promise.all(running)
  })
  return {
    run(work) {
      const done = work(closing.signal)
        .catch(() => undefined)
        .then(() => {
          running.delete(done)
        })
      running.add(done)
    },
  }
}
