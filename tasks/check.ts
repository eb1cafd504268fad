import { check } from '../src/deploy/check.ts'
import { UnsafeMigrationsError } from '../src/errors.ts'
import { describeFindings } from '../src/report/findings.ts'
import type { Judgement } from '../src/safety/judgement.ts'
import { LockkeeperCommand, targetFlags } from './command.ts'

export default class Check extends LockkeeperCommand {
  static override summary = 'judge the pending migrations, and change nothing'
  static override examples = ['<%= config.bin %> check --app example']
  static override flags = { ...targetFlags }

  private judgement: Judgement | null = null

  async run(): Promise<void> {
    const { flags } = await this.parse(Check)
    await this.work(flags, async (workplace) => {
      const { output } = workplace
      output.header(`Check the pending migrations of ${workplace.config.app}`)
      const judgement = await check(workplace)
      this.judgement = judgement
      for (const line of describeFindings(judgement)) output.line(line)
      const count = judgement.migrations.length
      const sentence = count === 0 ? 'No migration is pending.' : `${count} pending, ${judgement.verdict}.`
      if (judgement.verdict !== 'safe') throw new UnsafeMigrationsError(`${sentence} Nothing was changed.`)
      output.header(sentence)
      if (workplace.json) output.result(JSON.stringify({ exitCode: 0, judgement }, null, 2))
    })
  }

  protected override failureDetails(): Readonly<Record<string, unknown>> {
    return { judgement: this.judgement }
  }
}
