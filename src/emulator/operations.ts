import type { Operations } from './platform.ts'

/** The record of what the platform did, in milliseconds since the epoch. Ending an operation twice keeps the first end. */
export function createOperations(): Operations {
  const operations: { name: string; app: string; startedAt: number; finishedAt: number | null }[] = []
  return {
    start(name, app) {
      const operation: (typeof operations)[number] = { name, app, startedAt: Date.now(), finishedAt: null }
      operations.push(operation)
      return () => {
        operation.finishedAt ??= Date.now()
      }
    },
    all: () => operations,
  }
}
