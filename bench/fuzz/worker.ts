import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { textOf, tryInput } from './try-input.ts'

export interface FuzzWork {
  readonly seed: number
  readonly first: number
  readonly step: number
  readonly count: number
  /** Two numbers: the input under way, and how many have ended. */
  readonly progress: SharedArrayBuffer
}

export type FuzzMessage =
  | { readonly kind: 'crash'; readonly index: number; readonly text: string; readonly error: string }
  | { readonly kind: 'memory'; readonly done: number; readonly bytes: number }

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes in use once all garbage is gone. */
function usedBytes(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function work({ seed, first, step, count, progress }: FuzzWork): Promise<void> {
  const counters = new Int32Array(progress)
  const samples = Math.max(1, Math.floor(count / step / 5))
  for (let index = first, done = 0; index < count; index += step, done++) {
    Atomics.store(counters, 0, index)
    try {
      await tryInput(seed, index)
    } catch (error) {
      const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
      send({ kind: 'crash', index, text: textOf(seed, index), error: said })
    }
    Atomics.add(counters, 1, 1)
    if ((done + 1) % samples === 0) send({ kind: 'memory', done: done + 1, bytes: usedBytes() })
  }
}

const send = (message: FuzzMessage): void => parentPort?.postMessage(message)

await work(workerData as FuzzWork)
