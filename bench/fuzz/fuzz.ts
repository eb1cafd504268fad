import { Worker } from 'node:worker_threads'
import type { FuzzMessage, FuzzWork } from './worker.ts'

export interface FuzzOptions {
  readonly seed: number
  readonly count: number
  readonly workers: number
  /** Milliseconds that one input may take. */
  readonly deadline: number
  /** The compiled worker. */
  readonly program: URL
}

export interface FuzzResult {
  /** Inputs that came to their end. */
  readonly done: number
  /** One per input that crashed or hung: what it was, and what happened. */
  readonly failures: readonly string[]
  /** Bytes in use after a fifth of the inputs and at the end, by worker. */
  readonly memory: readonly { readonly first: number; readonly last: number }[]
}

/** Takes random inputs through the check, on threads of their own, so that one that hangs is noticed and named. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { workers } = options
  const parts = await Promise.all(Array.from({ length: workers }, (_, first) => runWorker(options, first)))
  return {
    done: parts.reduce((sum, part) => sum + part.done, 0),
    failures: parts.flatMap(({ failures }) => failures),
    memory: parts.flatMap(({ memory }) => {
      const [first, last] = [memory[0], memory.at(-1)]
      return first === undefined || last === undefined ? [] : [{ first, last }]
    }),
  }
}

async function runWorker(
  { seed, count, workers, deadline, program }: FuzzOptions,
  first: number,
): Promise<{ done: number; failures: string[]; memory: number[] }> {
  const progress = new SharedArrayBuffer(8)
  const counters = new Int32Array(progress)
  const work: FuzzWork = { seed, count, first, step: workers, progress }
  const failures: string[] = []
  const memory: number[] = []
  const worker = new Worker(program, { workerData: work })
  const ended = new Promise<void>((resolve) => {
    worker.on('message', (message: FuzzMessage) => {
      if (message.kind === 'memory') memory.push(message.bytes)
      else failures.push(`input ${message.index} crashed: ${message.error}\n${message.text.slice(0, 2000)}`)
    })
    worker.on('error', (error) => {
      failures.push(`input ${String(Atomics.load(counters, 0))} ended the thread: ${String(error)}`)
    })
    worker.on('exit', () => resolve())
  })
  const watch = watchForHang(counters, deadline, (index) => {
    failures.push(`input ${index} hung: no end after ${deadline / 1000} s`)
    void worker.terminate()
  })
  try {
    await ended
  } finally {
    clearInterval(watch)
  }
  return { done: Atomics.load(counters, 1), failures, memory }
}

function watchForHang(counters: Int32Array, deadline: number, tell: (index: number) => void): NodeJS.Timeout {
  let seen = -1
  let since = Date.now()
  return setInterval(() => {
    const done = Atomics.load(counters, 1)
    if (done !== seen) [seen, since] = [done, Date.now()]
    else if (Date.now() - since > deadline) {
      since = Infinity
      tell(Atomics.load(counters, 0))
    }
  }, 200)
}
