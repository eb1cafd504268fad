import { posix } from 'node:path'
import { UsageError } from '../errors.ts'
import { readSource } from '../migrations/read-source.ts'
import { remarksOf } from '../migrations/remarks.ts'
import type { MigrationState, PendingMigration } from '../migrations/types.ts'
import type { Facts } from '../postgres/facts.ts'
import { buildCheckReport } from '../report/check/build.ts'
import type { CheckReport } from '../report/check/model.ts'
import { redactReport } from '../report/check/redact.ts'
import { createRedactor, type Redactor } from '../report/redaction.ts'
import { acceptRisks, type Allowance, type RiskAccount } from '../safety/accepted-risks.ts'
import {
  commentAllowances,
  configuredAllowances,
  configuredProblems,
  configurationSource,
  type ConfiguredAllowance,
} from '../safety/allowances.ts'
import { commitAllowances } from '../safety/commit-message.ts'
import type { Judgement } from '../safety/judgement.ts'
import { notKnownByDatabase, notKnownWithoutDatabase } from '../safety/not-known.ts'
import { judge, worst } from '../safety/verdict.ts'

export interface CommitMessage {
  readonly text: string
  /** For people: 'commit 1a2b3c4'. */
  readonly source: string
  /** The beginnings of lines that git leaves out. Default: '#'. */
  readonly comments?: readonly string[] | undefined
  /** The files, from the top of the repository, that are not as the commit holds them: it does not speak of them. */
  readonly except?: ReadonlySet<string> | undefined
}

/** Said where a check finds no migrations because it knows nobody who owns them. */
export const noFramework =
  'The tool that owns the migrations: none was recognised where its files usually are. migrations.directory in lockkeeper.yml names another folder.'

export interface Assessment {
  /** What is left of the judgement when the accepted risks are taken out. */
  readonly judgement: Judgement
  readonly report: CheckReport
}

export interface Assess {
  /** The project's directory: absolute. */
  readonly directory: string
  readonly pending: readonly PendingMigration[]
  /** Whether `pending` is all that the target has not applied: only then can an acceptance be called unneeded. */
  readonly complete: boolean
  readonly config: {
    readonly check: { readonly lockBudget: number; readonly allow: readonly ConfiguredAllowance[] }
  }
  /** What judge() said of them, where it was asked before. */
  readonly judged?: Judgement | undefined
  /** Undefined when no database was asked. */
  readonly facts?: Facts | undefined
  readonly app: string | null
  readonly prefix: string
  /** The message of the commit that is judged; null when there is none. */
  readonly message: CommitMessage | null
  /** What the framework says of the whole set; null where there is none. */
  readonly state: MigrationState | null
  /** Asks the data of the target what the statements depend on. */
  readonly precheck?: (judgement: Judgement, facts: Facts) => Promise<Judgement>
  /** Sentences beside those that the judgement itself gives rise to. */
  readonly notKnown?: readonly string[]
  /** What is known to be secret; what looks like a credential is taken out without it. */
  readonly redactor?: Redactor | undefined
  /** The texts of the files, where they were read already. */
  readonly texts?: ReadonlyMap<string, string>
}

/**
 * Judges migrations, takes the accepted risks into account, and says what could not be known. Reads the migrations' files only.
 * UsageError where the configuration accepts findings of a rule that there is not.
 */
export async function assess(options: Assess): Promise<Assessment> {
  const { app, prefix, pending, facts, config, message, complete, state } = options
  const wrong = configuredProblems(config.check.allow)
  if (wrong.length > 0) throw new UsageError(wrong.join(' '))
  const judged = options.judged ?? (await judge(pending, facts, { lockBudget: config.check.lockBudget }))
  const whole = facts === undefined ? judged : ((await options.precheck?.(judged, facts)) ?? judged)
  const comments = await readComments(options, whole)
  const waived = message === null ? [] : waivedBy(message, options)
  const allowances = [...comments.allowances, ...configuredAllowances(config.check.allow), ...waived]
  const accepted = acceptRisks(whole, allowances, new Date().toISOString().slice(0, 10))
  const problems = state?.problems ?? []
  // What the framework refuses to run cannot be judged by its statements; what is judged in part is not to blame for the rest.
  const matters = problems.length > 0 && (complete || pending.length > 0)
  const doubtful = matters && waived.length === 0
  const judgement = doubtful ? doubt(accepted.judgement) : accepted.judgement
  const redactor = options.redactor ?? createRedactor()
  const report = redactReport(
    buildCheckReport({
      app,
      facts,
      prefix,
      pending,
      tool: state,
      judgement,
      notKnown: [
        ...(options.notKnown ?? []),
        ...(state === null ? [] : remarksOf(state)),
        ...notKnownOf(whole, facts),
      ],
      problems: [...problems, ...comments.problems],
      refusals: doubtful ? problems : [],
      accounts: accepted.accounts
        .map((account) => (matters && waived.includes(account.allowance) ? used(account) : account))
        .filter((account) => isWorthAWord(account, options)),
      redactor,
    }),
    redactor,
  )
  return { judgement, report }
}

const doubt = (judgement: Judgement): Judgement => ({
  ...judgement,
  verdict: worst([judgement.verdict, 'unknown']),
})

function waivedBy(message: CommitMessage, { prefix, pending }: Assess): Allowance[] {
  const { text, source, comments, except } = message
  const others = pending.filter(({ file }) => except?.has(posix.normalize(prefix + file)) === true)
  const files = new Set(others.map(({ file }) => file))
  return commitAllowances(text, source, comments).map((allowance) => ({ ...allowance, except: files }))
}

const used = (account: RiskAccount): RiskAccount => ({ ...account, state: 'used' })

function notKnownOf(judgement: Judgement, facts: Facts | undefined): string[] {
  return facts === undefined
    ? notKnownWithoutDatabase(judgement)
    : notKnownByDatabase(judgement, (table) => facts.bytes(table))
}

/** Where only a part of the migrations was judged, the others may need what the configuration accepts; where none was, all of it. */
function isWorthAWord({ allowance, state }: RiskAccount, { complete, pending }: Assess): boolean {
  if (state !== 'unused') return true
  return pending.length > 0 && (complete || allowance.source !== configurationSource)
}

async function readComments(
  { directory, pending, texts }: Assess,
  judgement: Judgement,
): Promise<{ allowances: Allowance[]; problems: string[] }> {
  const allowances: Allowance[] = []
  const problems: string[] = []
  for (const [index, migration] of pending.entries()) {
    const judged = judgement.migrations[index]
    const text = texts?.get(migration.file) ?? (await readMigration(directory, migration))
    if (judged === undefined) continue
    const found = commentAllowances(migration, judged, text)
    allowances.push(...found.allowances)
    problems.push(...found.problems)
  }
  return { allowances, problems }
}

/** The text of a migration's file. One that went away since it was listed accepts nothing. */
export async function readMigration(directory: string, { file }: PendingMigration): Promise<string> {
  return (await readSource(directory, file).catch(() => Buffer.of())).toString()
}
