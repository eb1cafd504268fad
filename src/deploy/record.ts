import type { Judgement } from '../safety/judgement.ts'
import type { Run } from './run.ts'
import type { RollbackRecord } from './rollback/recovery.ts'
import type { StepRecord } from './step.ts'

/** A deploy as data: every report is a view of it. It holds no secrets. */
export interface DeployRecord {
  readonly app: string
  readonly commit: string
  readonly mode: 'normal' | 'nightly'
  readonly before: { readonly release: number; readonly commit: string | null; readonly fingerprint: string }
  readonly pending: readonly string[]
  readonly judgement: Judgement | null
  readonly backup: { readonly name: string; readonly bytes: number } | null
  readonly release: number | null
  readonly rollback: RollbackRecord | null
  /** The router's error codes seen while the deploy ran, counted. */
  readonly routerErrors: Readonly<Record<string, number>>
  readonly steps: readonly StepRecord[]
}

/** What is known of a run so far. */
export function recordOf(run: Run): DeployRecord {
  const { before, backup } = run
  const routerErrors: Record<string, number> = {}
  for (const { code } of run.routerLog.errors()) routerErrors[code] = (routerErrors[code] ?? 0) + 1
  return {
    app: run.target.app.name,
    commit: run.repository.head,
    mode: run.mode,
    before: { release: before.release.version, commit: before.commit, fingerprint: before.fingerprint },
    pending: before.migrations?.pending.map(({ id }) => id) ?? [],
    judgement: run.judgement,
    backup: backup === null ? null : { name: backup.transfer.name, bytes: backup.transfer.processedBytes },
    release: run.release?.version ?? null,
    rollback: run.rollback,
    routerErrors,
    steps: run.steps,
  }
}
