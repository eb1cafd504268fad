import { setTimeout as sleep } from 'node:timers/promises'

export interface Outcome {
  readonly result: 'answered' | 'failed' | 'maintenance'
  /** null when the connection broke. */
  readonly status: number | null
  readonly reason: string | null
  /** As the router logs it. */
  readonly requestId: string
  readonly milliseconds: number
}

export interface Counts {
  readonly sent: number
  readonly failed: number
  readonly maintenance: number
  readonly acknowledged: number
}

/** The requests of one story. */
export interface Tally {
  sent(): void
  answered(outcome: Outcome, kind: 'read' | 'write'): void
  readonly failures: readonly Outcome[]
  /** Waits until every request that was sent has its outcome. Throws when that takes longer than a minute and a half. */
  settled(): Promise<Counts>
}

export function createTally(): Tally {
  const counts = { sent: 0, failed: 0, maintenance: 0, acknowledged: 0, finished: 0 }
  const failures: Outcome[] = []
  return {
    failures,
    sent() {
      counts.sent++
    },
    answered(outcome, kind) {
      counts.finished++
      if (outcome.result === 'failed') failures.push(outcome)
      if (outcome.result !== 'answered') counts[outcome.result]++
      else if (kind === 'write') counts.acknowledged++
    },
    async settled() {
      const deadline = Date.now() + 90_000
      while (counts.finished < counts.sent) {
        if (Date.now() > deadline) throw new Error('Requests of the load were not answered.')
        await sleep(20)
      }
      const { sent, failed, maintenance, acknowledged } = counts
      return { sent, failed, maintenance, acknowledged }
    },
  }
}
