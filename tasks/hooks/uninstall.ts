import { relative } from 'node:path'
import { uninstallHook } from '../../src/hooks/install.ts'
import { directoryFlag, existingFolder, LockkeeperCommand } from '../command.ts'

export default class HooksUninstall extends LockkeeperCommand {
  static override summary = 'take the commit-msg hook away, and leave what was there before'
  static override examples = ['<%= config.bin %> hooks uninstall']
  static override flags = { directory: directoryFlag }

  async run(): Promise<void> {
    const { flags } = await this.parse(HooksUninstall)
    const results = await uninstallHook(await existingFolder(flags.directory))
    const output = this.say()
    for (const { file } of results) output.header(`The hook is removed from ${relative(process.cwd(), file)}`)
    if (results.length === 0) output.header('There is no hook of Lockkeeper here')
  }
}
