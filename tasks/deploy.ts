import { Flags } from '@oclif/core'
import type { DeployRecord } from '../src/deploy/record.ts'
import { describeDeploy } from '../src/deploy/describe.ts'
import { LockkeeperCommand, targetFlags } from './command.ts'

export default class Deploy extends LockkeeperCommand {
  static override summary =
    'deploy the commit that is checked out, and roll back app and database when it fails'
  static override description =
    'Checks the pending migrations, captures a backup, runs the migrations, pushes the code and watches the release.\n' +
    'Unsafe migrations are refused, unless it is the nightly deploy (--nightly, or NIGHTLY_BUILD=true).'
  static override examples = [
    '<%= config.bin %> deploy --app example',
    '<%= config.bin %> deploy --app example --dry-run',
    '<%= config.bin %> deploy --app example --nightly',
  ]
  static override flags = {
    ...targetFlags,
    'dry-run': Flags.boolean({ description: 'say what would be done, and change nothing' }),
    nightly: Flags.boolean({
      description: 'allow unsafe migrations, in maintenance mode (also NIGHTLY_BUILD=true)',
    }),
    'allow-older': Flags.boolean({
      description: 'deploy although the commit is older than the one that runs',
    }),
    'allow-detached': Flags.boolean({ description: 'deploy although HEAD is detached, as it is for a tag' }),
  }

  private record: (() => DeployRecord) | null = null

  async run(): Promise<void> {
    const { flags } = await this.parse(Deploy)
    // Loaded when it is needed, so that the other commands start without it.
    const { deploy } = await import('../src/deploy/deploy.ts')
    await this.work(flags, async (workplace) => {
      const record = await deploy({
        ...workplace,
        dryRun: flags['dry-run'],
        allowOlder: flags['allow-older'],
        allowDetached: flags['allow-detached'],
        onRecord: (read) => {
          this.record = read
        },
      })
      workplace.output.header(describeDeploy(record))
      if (workplace.json) workplace.output.result({ ...record, exitCode: 0 })
    })
  }

  protected override failureDetails(): Readonly<Record<string, unknown>> {
    return { ...this.record?.() }
  }
}
