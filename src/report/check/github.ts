import { refuses } from '../../safety/finding.ts'
import type { CheckReport, ReportedFinding, ReportedMigration } from './model.ts'
import {
  acceptanceOf,
  allFindings,
  fileOf,
  mereProblems,
  omissionOf,
  placeOf,
  precheckSentences,
  recipeLines,
  riskWarnings,
  summaryOf,
} from './words.ts'

/** The report as workflow commands of GitHub Actions: an annotation on the line of each finding. */
export function githubForm(report: CheckReport): string {
  const omission = omissionOf(report)
  return [
    ...allFindings(report).map(({ migration, finding }) => annotate(report, migration, finding)),
    ...report.refusals.map((text) => command('error', { title: 'unknown migrations' }, text)),
    ...[...mereProblems(report), ...riskWarnings(report)].map((text) => command('warning', {}, text)),
    ...[...report.notKnown, ...(omission === null ? [] : [omission])].map((text) =>
      command('notice', {}, text),
    ),
    // Lines that are no commands, for the log.
    ...precheckSentences(report).map((text) => plainLine(`Counted: ${text}`)),
    plainLine(summaryOf(report)),
  ].join('\n')
}

function annotate(report: CheckReport, migration: ReportedMigration, finding: ReportedFinding): string {
  const { location, rule, message } = finding
  const file = fileOf(report, migration)
  // The runner knows places in files only.
  const place =
    file === null
      ? {}
      : { file, ...(location && { line: String(location.line), col: String(location.column) }) }
  const text = [
    file === null ? `${placeOf(migration.file, finding)}: ${message}` : message,
    acceptanceOf(finding),
    ...recipeLines(finding),
  ]
    .filter((part) => part !== null)
    .join('\n')
  const level = refuses(finding) ? 'error' : 'notice'
  return command(level, { ...place, title: `${finding.severity} ${rule}` }, text)
}

function command(
  name: string,
  properties: Readonly<Record<string, string | undefined>>,
  message: string,
): string {
  const pairs = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${property(value)}`],
  )
  return `::${[name, pairs.join(',')].filter((part) => part !== '').join(' ')}::${data(message)}`
}

// The runner takes these back; everything else would end the command, or begin another one.
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

// Where a line is no command, the runner still looks for commands of its older form in it.
const plainLine = (text: string): string => data(text).replaceAll('##[', '## [')

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
