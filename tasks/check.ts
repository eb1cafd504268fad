import { Flags } from '@oclif/core'
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CommitMessage } from '../src/deploy/assess.ts'
import type { BegunCheck } from '../src/deploy/begin-check.ts'
import type { CheckProject } from '../src/deploy/check-project.ts'
import { PreconditionError, systemReason, UnsafeMigrationsError, UsageError } from '../src/errors.ts'
import { checkFormNames, type CheckForm } from '../src/report/check/form-names.ts'
import type { CheckReport } from '../src/report/check/model.ts'
import { summaryOf } from '../src/report/check/words.ts'
import type { Output } from '../src/report/output.ts'
import { existingFolder, LockkeeperCommand, targetFlags, type TargetFlags } from './command.ts'
import { readStandardInput } from './standard-input.ts'

/** What the flags say beside how the migrations are chosen. */
interface Given extends TargetFlags {
  readonly since?: string | undefined
  readonly output?: string | undefined
  readonly 'in-transaction': boolean
  readonly 'commit-message'?: string | undefined
}

export default class Check extends LockkeeperCommand {
  static override summary = 'judge the pending migrations, and change nothing'
  static override usage = 'check [PATH...] [FLAGS]'
  static override description =
    'Asks the database of the app which migrations are pending, and how much each of their statements matters. With --offline the\n' +
    'text of the migrations alone is judged; with a PATH (a file, a folder, or - for standard input; from --directory) that SQL alone.\n' +
    'Neither needs an app, an API key or a database. Migrations that are unsafe, or that cannot be judged, end with exit code 3.'
  static override examples = [
    '<%= config.bin %> check --app example',
    '<%= config.bin %> check --offline --since origin/main --format github',
    '<%= config.bin %> check db/migrations/20260101090000_add_size.sql',
    'cat change.sql | <%= config.bin %> check -',
  ]
  // PATHs: as many as there are.
  static override strict = false
  static override flags = {
    ...targetFlags,
    offline: Flags.boolean({
      description: 'judge the migrations of the project without its app and database',
    }),
    since: Flags.string({
      description: 'judge only what was added or changed since this branch left REF',
      helpValue: 'REF',
    }),
    staged: Flags.boolean({
      description: 'judge only what the next commit adds or changes; implies --offline',
    }),
    'in-transaction': Flags.boolean({
      description: 'take it that the tool which runs a PATH wraps each file in a transaction',
    }),
    'commit-message': Flags.string({
      description:
        "the file with the message in which [allow-unsafe-migrations] counts, in place of the last commit; from the shell's folder",
      helpValue: 'FILE',
    }),
    format: Flags.option({
      options: checkFormNames,
      description: 'the form of the report; --json is short for json',
      exclusive: ['json'],
    })(),
    output: Flags.string({
      description: "write the report to this file, from the shell's folder",
      helpValue: 'FILE',
    }),
  }

  protected override readonly outputIsAll = true
  /** What was begun before this command was loaded. */
  begun: BegunCheck | undefined
  private report: CheckReport | null = null
  private readonly wanted = askedFor(this.argv)
  // The document of a failure is made where all failures are; a file has been written before that.
  protected override readonly json = this.wanted.form === 'json' && !this.wanted.toFile

  protected override ownsStandardOutput(): boolean {
    return this.wanted.form !== 'terminal' && !this.wanted.toFile
  }

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(Check)
    const paths = argv.map(String)
    refuseTogether(flags, paths.length > 0)
    const message = await this.readMessage(flags)
    if (paths.length > 0) await this.checkPaths(paths, message, flags)
    else if (flags.staged) await this.checkStaged(message, flags)
    else if (flags.offline) await this.checkOffline(message, flags)
    else await this.checkTarget(message, flags)
  }

  private async readMessage(flags: Given): Promise<CommitMessage | undefined> {
    const file = flags['commit-message']
    if (file === undefined) return undefined
    const { readCommitMessage } = await import('./commit-message.ts')
    return readCommitMessage(file, await existingFolder(flags.directory))
  }

  // What a way of checking does not need is not loaded: most checks are quick.
  private async checkPaths(
    paths: readonly string[],
    message: CommitMessage | undefined,
    flags: Given,
  ): Promise<void> {
    const { checkFiles } = await import('../src/deploy/check-files.ts')
    const inTransaction = flags['in-transaction']
    await this.workOffline(flags, async ({ output, ...workshop }) => {
      const report = await checkFiles({ ...workshop, paths, inTransaction, message, readStandardInput })
      await this.deliver(report, output, flags.output)
    })
  }

  private async checkOffline(message: CommitMessage | undefined, flags: Given): Promise<void> {
    const directory = await existingFolder(flags.directory)
    await this.checkProject(directory, { directory, since: flags.since, message }, flags)
  }

  private async checkStaged(message: CommitMessage | undefined, flags: Given): Promise<void> {
    const { withStagedTree } = await import('../src/heroku/git-staged.ts')
    const directory = await existingFolder(flags.directory)
    await withStagedTree(directory, (staged) =>
      this.checkProject(staged, { directory, staged, message }, flags),
    )
  }

  /** `tree` is where the configuration counts: the project, or what is staged of it. */
  private async checkProject(
    tree: string,
    selection: Pick<CheckProject, 'directory' | 'message' | 'since' | 'staged'>,
    flags: Given,
  ): Promise<void> {
    const { checkProject } = await import('../src/deploy/check-project.ts')
    await this.workOffline({ directory: tree }, async ({ output, ...workshop }) => {
      output.header('Check the migrations, without a database')
      await this.deliver(await checkProject({ ...workshop, ...selection }), output, flags.output)
    })
  }

  private async checkTarget(message: CommitMessage | undefined, flags: Given): Promise<void> {
    const { check } = await import('../src/deploy/check.ts')
    await this.work(flags, async (workplace) => {
      const { output, config, directory } = workplace
      output.header(`Check the pending migrations of ${config.app}`)
      const begun = this.begun?.directory === directory ? this.begun : undefined
      // Loaded while the check waits for others: at its end somebody waits for it.
      void import('../src/report/check/forms.ts')
      const report = await check({ ...workplace, since: flags.since, message, begun })
      await this.deliver(report, output, flags.output)
    })
  }

  private async deliver(report: CheckReport, output: Output, file: string | undefined): Promise<void> {
    this.report = report
    const { form } = this.wanted
    const { checkForms, formSyntaxes } = await import('../src/report/check/forms.ts')
    if (file !== undefined) await writeReport(file, checkForms[form](report))
    if (!this.ownsStandardOutput()) sayLines(output, checkForms.terminal(report))
    const sentence = summaryOf(report)
    // A failure becomes JSON together with its error, later.
    if (this.ownsStandardOutput() && !(this.json && report.verdict !== 'safe'))
      output.document(checkForms[form](report), formSyntaxes[form])
    if (report.verdict !== 'safe')
      throw new UnsafeMigrationsError(`${sentence} Nothing was changed.`, { next: this.waysOn() })
    output.header(sentence)
  }

  /** For who reads a hook: what else there is to do. */
  private waysOn(): readonly string[] {
    return this.argv.some((word) => word.startsWith('--commit-message'))
      ? [
          'Change the migrations, or put [allow-unsafe-migrations] in the message of the commit to accept them.',
        ]
      : []
  }

  protected override failureDetails(): Readonly<Record<string, unknown>> {
    return { ...this.report }
  }
}

function sayLines(output: Output, text: string): void {
  if (text !== '') output.line(text)
}

/** Known before the flags are parsed, because wrong flags have to be told in the right place, too. */
function askedFor(argv: readonly string[]): { form: CheckForm; toFile: boolean } {
  const valueOf = (flag: string): string | undefined => {
    const at = argv.indexOf(flag)
    return at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1)
  }
  const name = argv.includes('--json') ? 'json' : valueOf('--format')
  const form = checkFormNames.find((candidate) => candidate === name) ?? 'terminal'
  return { form, toFile: valueOf('--output') !== undefined }
}

/** A flag that would be passed over is refused: who gave it expects something of it. */
function refuseTogether(flags: Readonly<Record<string, unknown>>, hasPaths: boolean): void {
  const refuse = (names: readonly string[], why: string): void => {
    const wrong = names.filter((name) => flags[name] !== undefined && flags[name] !== false)
    if (wrong.length > 0) throw new UsageError(`${why}: --${wrong.join(' and --')} cannot be given with it.`)
  }
  if (hasPaths) refuse(['app', 'remote', 'since', 'staged'], 'A PATH is judged by itself')
  else if (flags['in-transaction'] === true)
    throw new UsageError('--in-transaction speaks of a PATH, and none was given.')
  if (flags['output'] === '') throw new UsageError('--output names no file.')
  if (flags['staged'])
    refuse(['app', 'remote', 'since'], '--staged judges what the next commit changes, alone')
  if (flags['offline']) refuse(['app', 'remote'], '--offline asks no app')
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFile(resolve(file), `${text}\n`)
  } catch (cause) {
    throw new PreconditionError(`The report cannot be written to ${file}: ${systemReason(cause)}.`, { cause })
  }
}
