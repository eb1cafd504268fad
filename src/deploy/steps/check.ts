import { PreconditionError, UnsafeMigrationsError } from '../../errors.ts'
import { repositoryPrefix } from '../../heroku/repository-prefix.ts'
import { readFacts } from '../../postgres/facts.ts'
import { terminalForm } from '../../report/check/terminal.ts'
import { askTarget } from '../ask-target.ts'
import { assess, type Assessment } from '../assess.ts'
import { headMessage } from '../head-message.ts'
import { pendingMigrations, type Run } from '../run.ts'
import { count } from '../../report/words.ts'
import type { Judgement } from '../../safety/judgement.ts'
import type { Step } from '../step.ts'
import { askDatabase } from '../target.ts'

/** Judges the pending migrations. In a normal deploy anything but safe ends the run with exit code 3. */
export const check: Step = {
  name: 'Check the pending migrations',
  runsInDryRun: true,
  enabled: (run) =>
    pendingMigrations(run).length > 0 ? true : ['no migration is pending', ...problemsOf(run)].join('; '),
  plan: (run) =>
    run.mode === 'nightly'
      ? 'judge the pending migrations, and allow unsafe ones because this is the nightly deploy'
      : 'judge the pending migrations, and refuse those that are not safe',
  async run(run) {
    const pending = pendingMigrations(run)
    const { judgement, report } = await assessPending(run)
    run.judgement = judgement
    run.output.line(terminalForm(report))
    const problems = problemsOf(run)
    if (problems.length > 0)
      throw new PreconditionError(`${problems.join(' ')} Nothing was changed on ${run.target.app.name}.`)
    const number = count(pending.length, 'pending migration')
    if (judgement.verdict === 'safe') return { summary: `${number}, ${safeWords(judgement)}` }
    if (run.mode === 'nightly') {
      const summary = `${number}, ${judgement.verdict}; allowed, because this is the nightly deploy`
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

/** What the framework itself would refuse to run, by day and by night. */
const problemsOf = (run: Run): readonly string[] => run.before.migrations?.problems ?? []

async function assessPending(run: Run): Promise<Assessment> {
  const { directory } = run.target.migrations
  return assess({
    directory,
    pending: pendingMigrations(run),
    complete: true,
    config: run.config,
    facts: await askDatabase(run.target, readFacts),
    precheck: (judgement, facts) => askDatabase(run.target, (client) => askTarget(client, judgement, facts)),
    app: run.target.app.name,
    prefix: (await repositoryPrefix(directory)) ?? '',
    message: await headMessage(directory),
    state: run.before.migrations,
  })
}

function safeWords({ migrations }: Judgement): string {
  const accepted = migrations.flatMap(({ findings }) => findings).filter((finding) => finding.accepted)
  return accepted.length === 0 ? 'all safe' : `${count(accepted.length, 'risk')} accepted, the rest safe`
}
