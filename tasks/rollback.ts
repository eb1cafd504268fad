import { Flags } from '@oclif/core'
import { createInterface } from 'node:readline/promises'
import { UsageError } from '../src/errors.ts'
import { LockkeeperCommand, targetFlags } from './command.ts'

export default class Rollback extends LockkeeperCommand {
  static override summary = 'take app and database back to an earlier release, with nothing lost'
  static override description =
    'Shows the plan first: the release, the migrations to reverse, what would be lost. Then it wants the name of the app,\n' +
    'typed in or given by --confirm.'
  static override examples = [
    '<%= config.bin %> rollback --app example',
    '<%= config.bin %> rollback --app example --to v42 --confirm example',
  ]
  static override flags = {
    ...targetFlags,
    to: Flags.string({
      description: 'the release to go back to, such as v42; default: the one before',
      helpValue: 'VERSION',
    }),
    confirm: Flags.string({
      description: 'the name of the app, so that no question is asked',
      helpValue: 'APP',
    }),
    database: Flags.option({
      options: ['auto', 'reverse', 'keep'] as const,
      description: 'what becomes of the database',
    })(),
    'accept-loss': Flags.boolean({
      description: 'reverse migrations although that loses what was written into them',
    }),
    'dry-run': Flags.boolean({ description: 'show the plan, and change nothing' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Rollback)
    // Loaded when it is needed, so that the other commands start without it.
    const { prepareRollback } = await import('../src/deploy/rollback/by-hand.ts')
    await this.work({ ...flags, rollbackDatabase: flags.database }, async (workplace) => {
      const { output, config } = workplace
      const rollback = await prepareRollback({
        ...workplace,
        to: flags.to,
        database: flags.database,
        acceptLoss: flags['accept-loss'],
      })
      for (const line of rollback.plan) output.line(line)
      if (!rollback.needed || flags['dry-run']) {
        if (workplace.json) output.result({ exitCode: 0, plan: rollback.plan, done: false })
        return
      }
      await confirm(config.app, flags.confirm)
      const record = await rollback.perform()
      output.header(`${config.app} runs v${record.release}, which is ${rollback.to} again`)
      if (workplace.json) output.result({ exitCode: 0, plan: rollback.plan, done: true, ...record })
    })
  }
}

/** As Heroku asks: the name of the app, typed in at a terminal or given by --confirm. */
async function confirm(app: string, given: string | undefined): Promise<void> {
  const answer = given ?? (process.stdin.isTTY ? await ask(app) : undefined)
  if (answer === undefined)
    throw new UsageError('Nothing was changed: a roll-back has to be confirmed.', {
      next: [`Run it again with --confirm ${app}`],
    })
  if (answer !== app)
    throw new UsageError(`Confirmation ${answer} did not match ${app}. Nothing was changed.`)
}

async function ask(app: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(` !     To proceed, type ${app}: `)).trim()
  } finally {
    terminal.close()
  }
}
