import type { Run } from './run.ts'

/** What the world says of a step, whatever the memory says. */
export type Observation = 'not done' | 'done' | 'partly'

export interface Outcome {
  /** A clause for the user, without a full stop: what was done, with names and numbers. */
  readonly summary: string
}

/**
 * One step of a deploy. The list of steps is the documentation, the dry run, the progress display and the report.
 * A step with `undo` changes something; one without only looks.
 */
export interface Step {
  /** A sentence for the user, without a full stop. */
  readonly name: string
  /** True, or the reason why this run leaves the step out. */
  readonly enabled: (run: Run) => true | string
  /** What it would do: the dry run. */
  readonly plan: (run: Run) => string
  /** True for a step that only reads, so that a dry run can really do it. */
  readonly runsInDryRun?: true
  /** Asks the world, never the memory. Absent for a step that only looks: it is always done again. */
  readonly observe?: (run: Run) => Promise<Observation>
  readonly run: (run: Run) => Promise<Outcome>
  /** Registered before run, safe to repeat, first proves that there is something to undo. */
  readonly undo?: (run: Run) => Promise<void>
}

export type StepStatus = 'done' | 'already done' | 'left out' | 'failed' | 'planned'

/** What became of one step, for every form of the report. */
export interface StepRecord {
  readonly name: string
  readonly status: StepStatus
  readonly summary: string
  /** Wall time in seconds. */
  readonly seconds: number
}
