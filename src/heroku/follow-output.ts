import type { HerokuClient } from './client.ts'
import { openStream } from './output-stream.ts'

export interface FollowedOutput {
  /** Begins to read; further calls change nothing. */
  start(url: string): void
  /** Resolves when the output has ended, or after a short grace. */
  drain(): Promise<void>
  stop(): Promise<void>
}

export interface FollowOptions {
  /** Whose output it is, for the warning when it is lost: 'the build'. */
  readonly what: string
  /** Platform seconds. */
  readonly deadline: number
  readonly onOutput?: ((text: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Platform seconds that the last output may take to arrive after the work has ended. */
const grace = 5

/** Output read beside a wait. Only for the user's eyes: when it fails, that is a warning and decides nothing. */
export function followOutput(client: HerokuClient, options: FollowOptions): FollowedOutput {
  const stopping = new AbortController()
  const { signal } = stopping
  const read = async (url: string, write: (text: string) => void): Promise<void> => {
    try {
      for await (const text of openStream(client, url, { deadline: options.deadline, signal })) write(text)
    } catch (error) {
      if (signal.aborted) return
      client.warn(
        `The output of ${options.what} was lost: ${error instanceof Error ? error.message : 'no reason'}`,
      )
    }
  }
  const stop = (): void => stopping.abort()
  options.signal?.addEventListener('abort', stop, { once: true })
  let reading: Promise<void> | undefined
  return {
    start: (url) => {
      if (options.onOutput) reading ??= read(url, options.onOutput)
    },
    drain: async () => {
      if (!reading) return
      const waiting = new AbortController()
      const late = client.timing.sleep(grace, waiting.signal).catch(() => undefined)
      await Promise.race([reading, late])
      waiting.abort()
    },
    stop: async () => {
      options.signal?.removeEventListener('abort', stop)
      stop()
      await reading
    },
  }
}
