import { isAbsolute, posix } from 'node:path'
import { standardInput } from '../../migrations/read-source.ts'
import { count } from '../words.ts'
import type {
  CheckReport,
  ReportedFinding,
  ReportedMigration,
  ReportedPrecheck,
  ReportedRisk,
} from './model.ts'

/** 'No migration is pending.', '3 pending, unsafe.': the whole check in a sentence. */
export function summaryOf({ migrations, verdict, app }: CheckReport): string {
  const number = migrations.length
  if (app === null)
    return number === 0 ? 'There is no migration to judge.' : `${count(number, 'migration')}, ${verdict}.`
  return number === 0 ? 'No migration is pending.' : `${number} pending, ${verdict}.`
}

/** The file with its line and column where they are known. */
export function placeOf(file: string, { location }: ReportedFinding): string {
  return location === null ? file : `${file}:${location.line}:${location.column}`
}

/** The file as it is called from the top of the repository; absolute outside of it, null for what is no file. */
export function fileOf({ prefix }: CheckReport, { file }: Pick<ReportedMigration, 'file'>): string | null {
  if (file === standardInput) return null
  return isAbsolute(file) ? file : posix.normalize(prefix + file)
}

/** A sentence about a risk that somebody accepts and that is not there, or no longer accepted; null for one that counts. */
function describeRisk({ rule, source, until, state, reason }: ReportedRisk): string | null {
  if (state === 'used') return null
  const what = rule ?? 'every finding'
  return state === 'expired'
    ? `${source}: the acceptance of ${what} (${reason}) ended with ${String(until)}. It accepts nothing any more.`
    : `${source}: the acceptance of ${what} (${reason}) is not needed: nothing was found that it speaks of.`
}

/** The risks of a report that need a word. */
export function riskWarnings({ acceptedRisks }: CheckReport): string[] {
  return acceptedRisks.flatMap((risk) => describeRisk(risk) ?? [])
}

/** 'Accepted: REASON (SOURCE)', or nothing. */
export function acceptanceOf({ accepted }: ReportedFinding): string | null {
  return accepted === null ? null : `Accepted: ${accepted.reason} (${accepted.source})`
}

type ReportedRecipe = NonNullable<ReportedFinding['recipe']>
type ReportedStep = ReportedRecipe['steps'][number]

/** 'Add it (this release, outside a transaction)'. */
export function stepTitle({ title, release, noTransaction, sql }: ReportedStep): string {
  const outside = noTransaction && sql.length > 0 ? ', outside a transaction' : ''
  return `${title} (${release}${outside})`
}

/** How the frameworks write their names. */
export const frameworkNames = { django: 'Django', alembic: 'Alembic', rails: 'Rails' } as const

/** A recipe as lines of text: each step with its SQL, and with the code of the framework. Nothing for a finding that needs none. */
export function recipeLines({ recipe, accepted }: ReportedFinding): string[] {
  if (recipe === null || accepted !== null) return []
  return [`Instead: ${recipe.title}`, ...recipe.steps.flatMap(stepLines)]
}

/** In place of a recipe that stands above. */
export const sameSteps = 'Instead: the same steps.'

/** The findings whose recipe stands word for word under one before them of the same statement. */
export function withSameSteps(findings: readonly ReportedFinding[]): ReadonlySet<ReportedFinding> {
  const told = new Set<string>()
  return new Set(
    findings.filter(({ recipe, accepted, sql }) => {
      if (recipe === null || accepted !== null) return false
      const words = JSON.stringify([sql, recipe])
      return told.has(words) || !told.add(words)
    }),
  )
}

function stepLines(step: ReportedStep, index: number): string[] {
  const { sql, code } = step
  const written = code === null ? [] : [`     ${frameworkNames[code.framework]}:`, ...indented(code.text)]
  return [
    `  ${index + 1}. ${stepTitle(step)}`,
    ...sql.flatMap((statement) => indented(`${statement};`)),
    ...written,
  ]
}

const indented = (text: string): string[] =>
  text.split('\n').map((line) => (line === '' ? '' : `       ${line}`))

/** A sentence about findings that are not listed, or null. */
export function omissionOf({ omittedFindings }: CheckReport): string | null {
  return omittedFindings === 0 ? null : `${count(omittedFindings, 'further finding')} not listed.`
}

/** The problems that are worth a warning: the others refuse everything. */
export function mereProblems({ problems, refusals }: CheckReport): string[] {
  return problems.filter((text) => !refusals.includes(text))
}

/** What was counted on the target, a sentence for each question. */
export function precheckSentences({ prechecks }: CheckReport): string[] {
  return prechecks.map(describePrecheck)
}

/** From here on nobody counted. */
const mostRows = 1000

function describePrecheck({ table, what, rows, unanswered }: ReportedPrecheck): string {
  if (rows === null) return `${table}, ${what}: it ${unanswered ?? 'was not answered'}.`
  return `${table}, ${what}: ${rows === 0 ? 'none' : rows >= mostRows ? `${mostRows} or more` : String(rows)}.`
}

/** Every finding of a report with its migration. */
export function allFindings(
  report: CheckReport,
): { migration: ReportedMigration; finding: ReportedFinding }[] {
  return report.migrations.flatMap((migration) =>
    migration.findings.map((finding) => ({ migration, finding })),
  )
}
