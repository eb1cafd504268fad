/** Runs tasks one after another per key; tasks of different keys run side by side. */
export interface Queue {
  /** Resolves or rejects as the task does. A failed task does not stop the next. */
  run<T>(key: string, task: () => Promise<T>): Promise<T>
  /** Whether a task of the key runs or waits. */
  busy(key: string): boolean
}

export function createQueue(): Queue {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run(key, task) {
      const result = (tails.get(key) ?? Promise.resolve()).then(task)
      const tail = result
        .catch(() => undefined)
        .then(() => {
          if (tails.get(key) === tail) tails.delete(key)
        })
      tails.set(key, tail)
      return result
    },
    busy: (key) => tails.has(key),
  }
}
