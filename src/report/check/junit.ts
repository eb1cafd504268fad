import type { CheckReport, ReportedMigration } from './model.ts'
import { acceptanceOf, placeOf, precheckSentences, recipeLines, refuses, riskWarnings } from './words.ts'

/** The report as JUnit XML: a test case per migration, which fails when the migration is refused. */
export function junitForm(report: CheckReport): string {
  const { migrations } = report
  const failures = migrations.filter(({ verdict }) => verdict !== 'safe').length
  const counts = `tests="${migrations.length}" failures="${failures}" errors="0"`
  const remarks = [
    ...report.problems,
    ...riskWarnings(report),
    ...precheckSentences(report),
    ...report.notKnown,
  ]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="lockkeeper check" ${counts}>`,
    `  <testsuite name="migrations" ${counts} skipped="0">`,
    ...migrations.flatMap((migration) => testCase(migration, report.prefix)),
    ...element('system-out', '    ', remarks),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')
}

function testCase({ id, name, file, verdict, findings }: ReportedMigration, prefix: string): string[] {
  const title = escape([id, name].filter((part) => part !== '').join(' '))
  const head = `    <testcase classname="${escape(prefix + file)}" name="${title}" file="${escape(prefix + file)}"`
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
  return [
    `${head}>`,
    ...(verdict === 'safe' ? [] : failure(verdict, findings.find(refuses)?.message, lines(true))),
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
