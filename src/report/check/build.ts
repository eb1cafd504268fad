import type { MigrationState, PendingMigration } from '../../migrations/types.ts'
import type { Facts } from '../../postgres/facts.ts'
import type { RiskAccount } from '../../safety/accepted-risks.ts'
import { refuses, type Finding, type Recipe } from '../../safety/finding.ts'
import type { JudgedMigration, Judgement } from '../../safety/judgement.ts'
import { frameworkCode, isCodeFramework, type CodeTarget } from '../../safety/framework-code.ts'
import { assumedSpeed } from '../../safety/sizes.ts'
import type { Redactor } from '../redaction.ts'
import { excerptOf, type Cut } from './excerpt.ts'
import type { CheckReport, ReportedFinding, ReportedMigration } from './model.ts'

export interface CheckResult {
  readonly app: string | null
  /** What the database says of itself; absent when it was not asked. */
  readonly facts?: Facts | undefined
  readonly prefix: string
  readonly pending: readonly PendingMigration[]
  /** The tool that owns the migrations; null when there is none. */
  readonly tool: Pick<MigrationState, 'framework' | 'version' | 'namingConvention'> | null
  readonly judgement: Judgement
  readonly notKnown: readonly string[]
  readonly problems: readonly string[]
  /** Those of the problems for which the whole set is refused. */
  readonly refusals?: readonly string[] | undefined
  readonly accounts: readonly RiskAccount[]
  /** Says where a text that is too long can be cut: redactReport takes out whole secrets only. */
  readonly redactor: Pick<Redactor, 'cut'>
}

/** Findings that are listed at most; more than that nobody reads, and no service takes. */
const mostFindings = 5000
/** Characters of one text that are kept at most. */
const longestText = 2000

/** The report of a check. Findings beyond the first thousands are counted, those last that refuse something, and texts are cut. */
export function buildCheckReport(result: CheckResult): CheckReport {
  const { app, facts, prefix, judgement, notKnown, problems, refusals = [], accounts } = result
  const sources = new Map(
    result.pending.map((migration) => [`${migration.file}\0${migration.id}`, migration]),
  )
  const place: Cut = (text, at) => result.redactor.cut(text, at)
  const isListed = listedFindings(judgement)
  const migrations = judgement.migrations.map((judged) => {
    const findings = judged.findings.filter(isListed)
    const migration = sources.get(`${judged.file}\0${judged.id}`)
    const target = codeTarget(result.tool, judged.id, migration)
    return reportMigration(judged, findings, { migration, facts, target, place })
  })
  const all = judgement.migrations.reduce((sum, { findings }) => sum + findings.length, 0)
  return {
    schemaVersion: 1,
    verdict: judgement.verdict,
    app,
    framework: result.tool?.framework ?? null,
    database: facts !== undefined,
    prefix,
    migrations,
    omittedFindings: Math.max(0, all - mostFindings),
    prechecks: (judgement.prechecks ?? []).slice(0, mostFindings).map((precheck) => ({
      ...precheck,
      what: cutText(precheck.what, place),
      sql: cutText(precheck.sql, place),
    })),
    notKnown,
    problems,
    refusals,
    acceptedRisks: accounts.map(({ allowance: { rule, reason, source, until }, state }) => ({
      rule,
      reason,
      source,
      until,
      state,
    })),
  }
}

/** Whether there is room for a finding, when they are asked about in their order: those that refuse have it before the others. */
function listedFindings({ migrations }: Judgement): (finding: Finding) => boolean {
  const refusing = migrations.reduce((sum, { findings }) => sum + findings.filter(refuses).length, 0)
  const room = { refusing: mostFindings, others: Math.max(0, mostFindings - refusing) }
  return (finding) => room[refuses(finding) ? 'refusing' : 'others']-- > 0
}

/** What a finding is told with. */
interface Surroundings {
  readonly migration: PendingMigration | undefined
  readonly facts: Facts | undefined
  /** For whom recipes are written; null where SQL is all there is. */
  readonly target: CodeTarget | null
  readonly place: Cut
}

function reportMigration(
  { id, name, file, verdict, phase, findings: all }: JudgedMigration,
  findings: readonly Finding[],
  surroundings: Surroundings,
): ReportedMigration {
  return {
    id,
    name,
    file,
    verdict,
    phase,
    findings: findings.map((finding) => reportFinding(finding, surroundings)),
    omittedFindings: all.length - findings.length,
  }
}

function codeTarget(
  tool: CheckResult['tool'],
  id: string,
  migration: PendingMigration | undefined,
): CodeTarget | null {
  if (tool === null || !isCodeFramework(tool.framework)) return null
  const { framework, version, namingConvention } = tool
  // Django's migrations are known by their app and their name.
  const app = framework === 'django' ? id.split('.')[0] : undefined
  return { framework, version, app, namingConvention, models: migration?.models }
}

function reportFinding(finding: Finding, { migration, facts, target, place }: Surroundings): ReportedFinding {
  const { rule, severity, message, sql, recipe, table, accepted, clause } = finding
  const location = clause?.location ?? finding.location
  const source = migration?.sql ?? null
  // Lines of SQL that was made from the file are no lines of the file.
  const placed = migration?.generated === true ? null : location
  return {
    rule,
    severity,
    message: cutText(message, place),
    location: placed === null ? null : { line: placed.line, column: placed.column },
    excerpt:
      source === null || location === null
        ? null
        : excerptOf(source, migration?.sqlLine ?? 1, location, clause?.length ?? sql?.length ?? 1, place),
    table: table ?? null,
    facts: table === undefined ? null : reportFacts(table, facts),
    sql: sql === null ? null : cutText(sql, place),
    recipe: recipe === null ? null : reportRecipe(recipe, target, place),
    accepted: accepted ?? null,
  }
}

function reportFacts(table: string, facts: Facts | undefined): ReportedFinding['facts'] {
  const relation = facts?.relation?.(table) ?? null
  if (relation === null || facts === undefined) return null
  return {
    rows: facts.rows(table),
    bytes: relation.bytes,
    indexBytes: relation.indexBytes,
    writesPerSecond: facts.writesPerSecond?.(table) ?? null,
    lastAnalyze: relation.lastAnalyze?.toISOString() ?? null,
    seconds: relation.bytes / assumedSpeed,
    assumedBytesPerSecond: assumedSpeed,
  }
}

function reportRecipe(recipe: Recipe, target: CodeTarget | null, place: Cut): ReportedFinding['recipe'] {
  const code = target === null ? [] : frameworkCode(recipe, target)
  return {
    title: recipe.title,
    steps: recipe.steps.map((step, index) => ({
      title: step.title,
      release: step.release,
      sql: step.sql.map((text) => cutText(text, place)),
      noTransaction: step.noTransaction ?? false,
      repeatsWhile: step.repeatsWhile === undefined ? null : cutText(step.repeatsWhile, place),
      code: code[index] ?? null,
    })),
  }
}

function cutText(text: string, place: Cut): string {
  return text.length > longestText ? `${text.slice(0, place(text, longestText))}…` : text
}
