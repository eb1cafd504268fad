import { UnsafeMigrationsError } from '../../errors.ts'
import { judge } from '../../safety/verdict.ts'
import { readFacts } from '../../postgres/facts.ts'
import { describeFindings } from '../../report/findings.ts'
import { pendingMigrations } from '../run.ts'
import type { Step } from '../step.ts'
import { askDatabase } from '../target.ts'

/** Judges the pending migrations. In a normal deploy anything but safe ends the run with exit code 3. */
export const check: Step = {
  name: 'Check the pending migrations',
  runsInDryRun: true,
  enabled: (run) => (pendingMigrations(run).length > 0 ? true : 'no migration is pending'),
  plan: (run) =>
    run.mode === 'nightly'
      ? 'judge the pending migrations, and allow unsafe ones because this is the nightly deploy'
      : 'judge the pending migrations, and refuse those that are not safe',
  async run(run) {
    const pending = pendingMigrations(run)
    const facts = await askDatabase(run.target, readFacts)
    const judgement = await judge(pending, facts, { lockBudget: run.config.check.lockBudget })
    run.judgement = judgement
    for (const line of describeFindings(judgement)) run.output.line(line)
    const count = `${pending.length} pending migration${pending.length === 1 ? '' : 's'}`
    if (judgement.verdict === 'safe') return { summary: `${count}, all safe` }
    if (run.mode === 'nightly') {
      const summary = `${count}, ${judgement.verdict}; allowed, because this is the nightly deploy`
      run.output.warning(`${summary}.`)
      return { summary }
    }
    const refused = judgement.migrations.filter(({ verdict }) => verdict !== 'safe')
    throw new UnsafeMigrationsError(
      `${refused.map(({ id, name, verdict }) => `${id} ${name} is ${verdict}`).join('; ')}. ` +
        `Nothing was changed on ${run.target.app.name}.`,
      {
        next: [
          'Change the migration as its recipe says, or leave it to the nightly deploy: lockkeeper deploy --nightly',
        ],
      },
    )
  },
}
