import type { Judgement } from '../../safety/judgement.ts'
import { quiesce, resume } from '../quiesce.ts'
import type { Step } from '../step.ts'
import { waitUntilUp } from '../watch/serving.ts'

/** Nightly only, and before the backup: so a restore loses nothing. */
export const quiesceApp: Step = {
  name: 'Turn maintenance on and stop every dyno',
  enabled: (run) => {
    if (run.mode !== 'nightly') return 'only the nightly deploy stops the app'
    return run.judgement === null || isHarmless(run.judgement) ? 'every pending migration is safe' : true
  },
  plan: () => 'turn maintenance on, scale every process type to zero, wait until no dyno is left',
  async run(run) {
    // Set before it begins: whatever part of it was done is put back.
    run.quiesced = { alone: false }
    run.quiesced = await quiesce(run)
    return {
      summary: `${run.target.app.name} is in maintenance, and ${run.quiesced.alone ? 'nobody' : 'no dyno'} writes`,
    }
  },
  async undo(run) {
    await resume(run.target, run.before)
    run.quiesced = null
  },
}

/** A risk that somebody accepts is still one, and the nightly deploy has the means against it. */
function isHarmless({ migrations }: Judgement): boolean {
  return migrations.every(({ findings }) => findings.every(({ severity }) => severity === 'note'))
}

/** Gives the app back to its users. */
export const resumeApp: Step = {
  name: 'Start every dyno and turn maintenance off',
  enabled: (run) => (run.quiesced === null ? 'the app was not stopped' : true),
  plan: () => 'scale every process type back to what it was, and turn maintenance off',
  async run(run) {
    await resume(run.target, run.before)
    run.quiesced = null
    await waitUntilUp(run, run.release ?? run.before.release)
    return { summary: `${run.target.app.name} serves again` }
  },
}
