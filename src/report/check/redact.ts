import type { Redactor } from '../redaction.ts'
import type { CheckReport, Excerpt, ReportedFinding } from './model.ts'

/**
 * The report without secrets. It comes before every form: what a form does to a text (quotes, entities, backslashes) could make a secret
 * unrecognisable, and whoever reads the form would take it back.
 */
export function redactReport(report: CheckReport, redactor: Redactor): CheckReport {
  const clean = (text: string): string => redactor.text(text)
  return {
    ...report,
    migrations: report.migrations.map((migration) => ({
      ...migration,
      findings: migration.findings.map((finding) => redactFinding(finding, clean)),
    })),
    prechecks: report.prechecks.map((precheck) => ({
      ...precheck,
      table: clean(precheck.table),
      what: clean(precheck.what),
      sql: clean(precheck.sql),
    })),
    notKnown: report.notKnown.map(clean),
    problems: report.problems.map(clean),
    acceptedRisks: report.acceptedRisks.map((risk) => ({ ...risk, reason: clean(risk.reason) })),
  }
}

type Clean = (text: string) => string

function redactFinding(finding: ReportedFinding, clean: Clean): ReportedFinding {
  const { message, excerpt, table, sql, recipe, accepted } = finding
  // Quoted for Python or Ruby, a secret may not look like itself: then SQL has to do.
  const secret = recipe?.steps.some((step) => step.sql.some((text) => clean(text) !== text)) === true
  return {
    ...finding,
    message: clean(message),
    excerpt: excerpt === null ? null : redactExcerpt(excerpt, clean),
    table: table === null ? null : clean(table),
    sql: sql === null ? null : clean(sql),
    recipe:
      recipe === null
        ? null
        : {
            title: clean(recipe.title),
            steps: recipe.steps.map((step) => ({
              ...step,
              title: clean(step.title),
              sql: step.sql.map(clean),
              repeatsWhile: step.repeatsWhile === null ? null : clean(step.repeatsWhile),
              code: secret || step.code === null ? null : { ...step.code, text: clean(step.code.text) },
            })),
          },
    accepted: accepted === null ? null : { ...accepted, reason: clean(accepted.reason) },
  }
}

/** The lines as one text, because a secret can go over several; the caret moves with what is before it. */
function redactExcerpt({ line, lines, start, length }: Excerpt, clean: Clean): Excerpt {
  const [first = '', ...others] = clean(lines.join('\n')).split('\n')
  const place = (at: number): number => Math.min(clean((lines[0] ?? '').slice(0, at)).length, first.length)
  const moved = Math.min(place(start), Math.max(0, first.length - 1))
  return {
    line,
    lines: [first, ...others],
    start: moved,
    length: Math.max(1, place(start + length) - moved),
  }
}
