import type { Finding, Recipe } from '../safety/finding.ts'
import type { Judgement } from '../safety/judgement.ts'

/** The judgement as lines of text: every migration with its verdict, each finding with its place and its recipe. */
export function describeFindings(judgement: Judgement): string[] {
  return judgement.migrations.flatMap((migration) => [
    `${migration.id} ${migration.name}: ${migration.verdict}, ${migration.phase}`,
    ...migration.findings.flatMap(describeFinding).map((line) => `  ${line}`),
  ])
}

function describeFinding(finding: Finding): string[] {
  const { file, location, rule, severity, message, sql, recipe } = finding
  const place = location === null ? file : `${file}:${location.line}:${location.column}`
  return [
    `${place} ${severity} ${rule}`,
    ...message.split('\n'),
    ...(sql === null ? [] : [`> ${sql.trim().split('\n').join('\n> ')}`]),
    ...(recipe === null ? [] : describeRecipe(recipe)),
  ].flatMap((line) => line.split('\n'))
}

function describeRecipe({ title, steps }: Recipe): string[] {
  return [
    `Instead: ${title}`,
    ...steps.flatMap(({ title: step, release, sql }, index) => [
      `  ${index + 1}. ${step} (${release})`,
      ...sql.flatMap((statement) => statement.split('\n').map((line) => `       ${line}`)),
    ]),
  ]
}
