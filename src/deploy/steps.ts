import type { Step } from './step.ts'
import { backUp } from './steps/backup.ts'
import { checkForBlockers } from './steps/blockers.ts'
import { check } from './steps/check.ts'
import { migrate } from './steps/migrate.ts'
import { push } from './steps/push.ts'
import { quiesceApp, resumeApp } from './steps/quiesce.ts'
import { watchDynos, watchHealth, watchRelease } from './steps/watch.ts'

/**
 * A deploy, in order. There is no second copy of this list: the dry run, the progress, the report and the roll-back are
 * views of it. What is true before the first step is recorded in `Before`.
 */
export const deploySteps: readonly Step[] = [
  check,
  checkForBlockers,
  quiesceApp,
  backUp,
  migrate,
  push,
  watchRelease,
  watchDynos,
  resumeApp,
  watchHealth,
]
