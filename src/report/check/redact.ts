import { redactValues } from '../redact-values.ts'
import type { Redactor } from '../redaction.ts'
import type { CheckReport, Excerpt, ReportedFinding } from './model.ts'

/** The report without secrets: every form is made of it, and printed as it is. */
export function redactReport(report: CheckReport, redactor: Redactor): CheckReport {
  const clean = remembering((text) => redactor.text(text))
  const migrations = report.migrations.map((migration) => {
    const { findings } = migration
    return findings.length === 0
      ? migration
      : { ...migration, findings: findings.map((finding) => prepare(finding, clean)) }
  })
  return redactValues({ ...report, migrations }, clean)
}

type Clean = (text: string) => string

/** Rules, titles and files say the same thousands of times. */
function remembering(clean: Clean): Clean {
  const known = new Map<string, string>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const cleaned = clean(text)
    known.set(text, cleaned)
    return cleaned
  }
}

/** What cannot be cleaned text by text. */
function prepare(finding: ReportedFinding, clean: Clean): ReportedFinding {
  const { excerpt, recipe } = finding
  return {
    ...finding,
    excerpt: excerpt === null ? null : redactExcerpt(excerpt, clean),
    recipe: recipe === null ? null : withoutSecretCode(recipe, clean),
  }
}

type ReportedRecipe = NonNullable<ReportedFinding['recipe']>

/** Quoted for Python or Ruby, a secret may not look like itself: then SQL has to do. */
function withoutSecretCode(recipe: ReportedRecipe, clean: Clean): ReportedRecipe {
  const isSecret = recipe.steps.some(({ sql }) => sql.some((text) => clean(text) !== text))
  return isSecret ? { ...recipe, steps: recipe.steps.map((step) => ({ ...step, code: null })) } : recipe
}

/** The lines as one text, because a secret can go over several; the caret moves with what is before it. */
function redactExcerpt(excerpt: Excerpt, clean: Clean): Excerpt {
  const { line, lines, start, length } = excerpt
  const text = lines.join('\n')
  const cleaned = clean(text)
  if (cleaned === text) return excerpt
  const [first = '', ...others] = cleaned.split('\n')
  const place = (at: number): number => Math.min(clean((lines[0] ?? '').slice(0, at)).length, first.length)
  const moved = Math.min(place(start), Math.max(0, first.length - 1))
  return {
    line,
    lines: [first, ...others],
    start: moved,
    length: Math.max(1, place(start + length) - moved),
  }
}
