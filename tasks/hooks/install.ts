import { relative } from 'node:path'
import { installHook } from '../../src/hooks/install.ts'
import { directoryFlag, existingFolder, LockkeeperCommand } from '../command.ts'

export default class HooksInstall extends LockkeeperCommand {
  static override summary = 'judge migrations on every commit, by a commit-msg hook'
  static override description =
    'Adds a check of the migrations that a commit adds to the git hook commit-msg, or to husky, lefthook or pre-commit where the\n' +
    'project uses one. What the hook held is kept. [allow-unsafe-migrations] in the commit message accepts what the check finds.'
  static override examples = [
    '<%= config.bin %> hooks install',
    '<%= config.bin %> hooks:install --directory shop',
  ]
  static override flags = { directory: directoryFlag }

  async run(): Promise<void> {
    const { flags } = await this.parse(HooksInstall)
    const { file, manager, change, next } = await installHook(await existingFolder(flags.directory))
    const output = this.say()
    const where = `${relative(process.cwd(), file)}${manager === 'git' ? '' : ` (${manager})`}`
    output.header(
      change === 'already there' ? `The hook is in ${where} already` : `The hook is ${change} in ${where}`,
    )
    for (const command of next) output.line(`Now run: ${command}`)
  }
}
