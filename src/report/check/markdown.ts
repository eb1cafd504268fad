import type { CheckReport, ReportedFinding, ReportedMigration } from './model.ts'
import {
  acceptanceOf,
  omissionOf,
  placeOf,
  precheckSentences,
  riskWarnings,
  sameSteps,
  stepTitle,
  summaryOf,
  withSameSteps,
} from './words.ts'

/** The report as Markdown, for a comment on a pull request or the summary of a CI job. */
export function markdownForm(report: CheckReport): string {
  const omission = omissionOf(report)
  const found = report.migrations.filter(({ findings }) => findings.length > 0)
  return [
    '## Migrations',
    plain(summaryOf(report)),
    ...(report.migrations.length === 0 ? [] : [table(report.migrations)]),
    ...found.flatMap(describeMigration),
    ...(omission === null ? [] : [omission]),
    ...section('Wrong with the migrations', report.problems),
    ...section('Accepted in vain', riskWarnings(report)),
    ...section('Counted on the target', precheckSentences(report)),
    ...section('Not known', report.notKnown),
  ].join('\n\n')
}

function table(migrations: readonly ReportedMigration[]): string {
  const rows = migrations.map(({ id, name, verdict, phase, findings }) => {
    const cells = [
      plain([id, name].filter((part) => part !== '').join(' ')),
      verdict,
      phase,
      String(findings.length),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return ['| migration | verdict | phase | findings |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function section(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0
    ? []
    : [`### ${title}`, sentences.map((text) => `- ${plain(text)}`).join('\n')]
}

function describeMigration({ id, name, file, findings }: ReportedMigration): string[] {
  const same = withSameSteps(findings)
  return [
    `### ${plain([id, name].filter((part) => part !== '').join(' '))}`,
    ...findings.flatMap((finding) => describeFinding(file, finding, same.has(finding))),
  ]
}

function describeFinding(file: string, finding: ReportedFinding, isSame: boolean): string[] {
  const { rule, severity, message, sql, recipe } = finding
  const acceptance = acceptanceOf(finding)
  const title = `**${acceptance === null ? severity : 'accepted'}: ${rule}** in ${plain(placeOf(file, finding))}`
  return [
    title,
    ...(sql === null ? [] : [fence(sql)]),
    plain(message),
    ...(acceptance !== null ? [plain(acceptance)] : isSame ? [sameSteps] : describeRecipe(recipe)),
  ]
}

/** A recipe: each step with its SQL, and with the code of the framework, in blocks of code. */
export function describeRecipe(recipe: ReportedFinding['recipe']): string[] {
  if (recipe === null) return []
  return [
    `Instead: ${plain(recipe.title)}`,
    ...recipe.steps.flatMap((step, index) => [
      `${index + 1}. ${plain(stepTitle(step))}`,
      ...(step.sql.length === 0 ? [] : [fence(step.sql.map((statement) => `${statement};`).join('\n'))]),
      ...(step.code === null ? [] : [fence(step.code.text, step.code.language)]),
    ]),
  ]
}

/** A block of code whose fence is longer than any row of backticks in it. */
export function fence(code: string, language = 'sql'): string {
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map(({ length }) => length))
  const marks = '`'.repeat(longest + 1)
  return [`${marks}${language}`, code.trim(), marks].join('\n')
}

/** Text on one line that Markdown does not read as markup, a mention or HTML. */
export function plain(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/[\\`*_[\]|~#]/g, (letter) => `\\${letter}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('@', '&#64;')
}
