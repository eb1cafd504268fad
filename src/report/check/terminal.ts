import { printable, underline } from '../printable.ts'
import type { CheckReport, Excerpt, ReportedFinding, ReportedMigration } from './model.ts'
import {
  acceptanceOf,
  omissionOf,
  placeOf,
  precheckSentences,
  recipeLines,
  riskWarnings,
  sameSteps,
  withSameSteps,
} from './words.ts'

/** The report for people: every migration with its verdict, each finding with its source, a caret and its recipe. */
export function terminalForm(report: CheckReport): string {
  const omission = omissionOf(report)
  const lines = report.migrations
    .flatMap(describeMigration)
    .concat(
      omission === null ? [] : [omission],
      section('Wrong with the migrations:', report.problems),
      section('Accepted in vain:', riskWarnings(report)),
      section('Counted on the target:', precheckSentences(report)),
      section('Not known:', report.notKnown),
    )
  return printable(lines.join('\n'))
}

function section(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0
    ? []
    : [title, ...sentences.flatMap((text) => text.split('\n')).map((line) => `  ${line}`)]
}

function describeMigration(migration: ReportedMigration): string[] {
  const { id, name, verdict, phase, file, findings } = migration
  const same = withSameSteps(findings)
  return [
    `${[id, name].filter((part) => part !== '').join(' ')}: ${verdict}, ${phase}`,
    ...findings
      .flatMap((finding) => describeFinding(file, finding, same.has(finding)))
      .map((line) => `  ${line}`),
  ]
}

function describeFinding(file: string, finding: ReportedFinding, isSame: boolean): string[] {
  const { rule, severity, message, sql, excerpt } = finding
  const acceptance = acceptanceOf(finding)
  return [
    `${placeOf(file, finding)} ${acceptance === null ? severity : 'accepted'} ${rule}`,
    ...(excerpt !== null
      ? drawExcerpt(excerpt)
      : sql === null
        ? []
        : [`> ${sql.trim().split('\n').join('\n> ')}`]),
    message,
    ...(acceptance !== null ? [acceptance] : isSame ? [sameSteps] : recipeLines(finding)),
  ].flatMap((text) => text.split('\n'))
}

function drawExcerpt({ line, lines, start, length }: Excerpt): string[] {
  const [first = '', ...others] = lines
  const width = String(line + others.length).length
  const margin = (label: string): string => `  ${label.padStart(width)} | `
  return [
    margin(String(line)) + first,
    // What is missing at the end of a text has its caret behind the last letter.
    margin('') +
      underline(first.slice(0, start), ' ') +
      underline(first.slice(start, start + length) || ' ', '^'),
    ...others.map((text, index) => margin(String(line + index + 1)) + text),
  ].map((text) => text.trimEnd())
}
