import { refuses } from '../../safety/finding.ts'
import { count } from '../words.ts'
import type { CheckReport, ReportedMigration } from './model.ts'
import {
  acceptanceOf,
  fileOf,
  mereProblems,
  placeOf,
  precheckSentences,
  recipeLines,
  riskWarnings,
} from './words.ts'

/** The report as JUnit XML: a test case per migration, which fails when the migration is refused. */
export function junitForm(report: CheckReport): string {
  const { migrations, refusals } = report
  const failed = migrations.filter(({ verdict }) => verdict !== 'safe').length
  const [tests, failures] = [migrations.length, failed].map((number) => number + refusals.length)
  const counts = `tests="${tests}" failures="${failures}" errors="0"`
  const remarks = [
    ...mereProblems(report),
    ...riskWarnings(report),
    ...precheckSentences(report),
    ...report.notKnown,
  ]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="lockkeeper check" ${counts}>`,
    `  <testsuite name="migrations" ${counts} skipped="0">`,
    ...migrations.flatMap((migration) => testCase(migration, report)),
    ...refusals.flatMap(refusedSet),
    ...element('system-out', '    ', remarks),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')
}

/** What refuses the migrations as a whole fails a case of its own. */
function refusedSet(text: string): string[] {
  return [
    '    <testcase classname="migrations" name="all migrations together">',
    ...failure('unknown', text, [text]),
    '    </testcase>',
  ]
}

function testCase(migration: ReportedMigration, report: CheckReport): string[] {
  const { id, name, file, verdict, findings, omittedFindings } = migration
  const title = escape([id, name].filter((part) => part !== '').join(' '))
  const path = fileOf(report, migration)
  const place = path === null ? '' : ` file="${escape(path)}"`
  const head = `    <testcase classname="${escape(path ?? file)}" name="${title}"${place}`
  if (verdict === 'safe' && findings.length === 0) return [`${head}/>`]
  const lines = (refused: boolean): string[] =>
    findings
      .filter((finding) => refuses(finding) === refused)
      .map((finding) =>
        [
          `${placeOf(file, finding)} ${finding.severity} ${finding.rule}: ${finding.message}`,
          acceptanceOf(finding),
          ...recipeLines(finding),
        ]
          .filter((part) => part !== null)
          .join('\n'),
      )
  const omitted = omittedFindings === 0 ? [] : [`${count(omittedFindings, 'further finding')} not listed.`]
  const refusing = [...lines(true), ...omitted]
  return [
    `${head}>`,
    ...(verdict === 'safe' ? [] : failure(verdict, findings.find(refuses)?.message ?? omitted[0], refusing)),
    ...element('system-out', '      ', lines(false)),
    '    </testcase>',
  ]
}

function failure(verdict: string, message: string | undefined, lines: readonly string[]): string[] {
  return [
    `      <failure type="${verdict}" message="${escape(message ?? verdict)}">${escape(lines.join('\n'))}</failure>`,
  ]
}

function element(name: string, indent: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${indent}<${name}>${escape(lines.join('\n'))}</${name}>`]
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text for XML 1.0, which has no place at all for most control characters and for half of a surrogate pair. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (letter) => entities[letter] ?? letter)
}
