import { quiesce, resume } from '../quiesce.ts'
import type { Step } from '../step.ts'
import { waitUntilUp } from '../watch/serving.ts'

/** Nightly only, and before the backup: so a restore loses nothing. */
export const quiesceApp: Step = {
  name: 'Turn maintenance on and stop every dyno',
  enabled: (run) => {
    if (run.mode !== 'nightly') return 'only the nightly deploy stops the app'
    return run.judgement === null || run.judgement.verdict === 'safe'
      ? 'every pending migration is safe'
      : true
  },
  plan: () => 'turn maintenance on, scale every process type to zero, wait until no dyno is left',
  async run(run) {
    await quiesce(run)
    run.quiescedSince = new Date()
    return { summary: `${run.target.app.name} is in maintenance, and nobody writes through it` }
  },
  async undo(run) {
    await resume(run.target, run.before)
    run.quiescedSince = null
  },
}

/** Gives the app back to its users. */
export const resumeApp: Step = {
  name: 'Start every dyno and turn maintenance off',
  enabled: (run) => (run.quiescedSince === null ? 'the app was not stopped' : true),
  plan: () => 'scale every process type back to what it was, and turn maintenance off',
  async run(run) {
    await resume(run.target, run.before)
    run.quiescedSince = null
    await waitUntilUp(run, run.release ?? run.before.release)
    return { summary: `${run.target.app.name} serves again` }
  },
}
