/** What must be undone at the end, in reverse order. */
export interface Teardown {
  add(step: () => Promise<unknown>): void
  /** Runs every step once, whatever fails, then rejects with the first failure. A second call waits for the same end. */
  run(): Promise<void>
}

export function createTeardown(): Teardown {
  const steps: (() => Promise<unknown>)[] = []
  let running: Promise<void> | undefined
  const runAll = async () => {
    const failures: unknown[] = []
    for (const step of steps.reverse()) await step().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  return {
    add(step) {
      steps.push(step)
    },
    run: () => (running ??= runAll()),
  }
}
