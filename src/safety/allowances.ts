import { closest } from '../config/closest.ts'
import type { PendingMigration } from '../migrations/types.ts'
import type { Allowance } from './accepted-risks.ts'
import { findAllowComments, type AllowComment } from './allow-comments.ts'
import type { JudgedMigration } from './judgement.ts'
import { rules } from './rules.ts'

/** An entry of `check.allow` in the configuration. */
export interface ConfiguredAllowance {
  readonly rule: string
  readonly migration?: string | undefined
  readonly table?: string | undefined
  readonly reason: string
  readonly until: string
}

/** Findings that refuse a migration, and that no rule of the table makes. */
const otherRules = ['syntax-error', 'not-judged', 'data-violates']

/** Where such an entry stands. */
export const configurationSource = 'lockkeeper.yml'

/** What the configuration accepts. */
export function configuredAllowances(entries: readonly ConfiguredAllowance[]): Allowance[] {
  return entries.map((entry) => ({ ...entry, source: configurationSource }))
}

export interface CommentAllowances {
  readonly allowances: readonly Allowance[]
  /** Sentences about comments that cannot count as they stand. */
  readonly problems: readonly string[]
}

/** What the comments in a migration's file accept. `text` is the file. */
export function commentAllowances(
  migration: PendingMigration,
  judged: JudgedMigration,
  text: string,
): CommentAllowances {
  const comments = findAllowComments(text)
  if (comments.length === 0) return { allowances: [], problems: [] }
  const lines = statementLines(judged)
  const isEmpty = text.split('\n').map((line) => line.trim() === '')
  const problems = comments.flatMap((comment) => problemOf(comment, migration.file))
  const allowances = comments
    .filter(({ reason }) => reason !== '')
    .flatMap((comment) => {
      const line = scopeOf(comment, migration, lines, isEmpty)
      const source = `${migration.file}:${comment.line}`
      const shared = { reason: comment.reason, source, until: null, migration: migration.file }
      return comment.rules.map((rule) => ({ ...shared, rule, ...(line === null ? {} : { line }) }))
    })
  return { allowances, problems }
}

function problemOf({ rules: names, reason, line }: AllowComment, file: string): string[] {
  const place = `${file}:${line}`
  if (names.length === 0 || reason === '') {
    const form = 'lockkeeper: allow RULE because REASON'
    return [`${place}: this comment accepts nothing. It must say which rule, and why: ${form}`]
  }
  return names.flatMap((name) => unknownRule(place, name))
}

function unknownRule(place: string, name: string): string[] {
  const known = [...rules.map(({ id }) => id), ...otherRules]
  if (known.includes(name)) return []
  const near = closest(name, known)
  return [`${place}: there is no rule ${name}.${near === undefined ? '' : ` Did you mean ${near}?`}`]
}

/** Sentences about entries of the configuration that name no rule. */
export function configuredProblems(entries: readonly ConfiguredAllowance[]): string[] {
  return entries.flatMap(({ rule }) => unknownRule('lockkeeper.yml', rule))
}

/**
 * The line of the statement that a comment speaks of, or null for the whole migration: the statement that follows, or the one that
 * a trailing comment stands behind. A comment at the top of the file, parted from the SQL, speaks of all.
 */
function scopeOf(
  comment: AllowComment,
  migration: PendingMigration,
  lines: readonly number[],
  isEmpty: readonly boolean[],
): number | null {
  if (migration.sql === null || migration.generated === true || comment.line < migration.sqlLine) return null
  const before = countUpTo(lines, comment.line)
  if (comment.trailing) return lines[before - 1] ?? null
  const next = lines[before]
  const isFirst = before === 0
  if (isFirst && isEmpty.slice(comment.line, next === undefined ? undefined : next - 1).includes(true))
    return null
  // Behind the last statement it speaks of nothing; a line that no statement starts at says so.
  return next ?? comment.line
}

/** How many of the numbers, which rise, are at most `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? Infinity) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

function statementLines({ effects, findings }: JudgedMigration): number[] {
  const places = [...effects.map(({ statement }) => statement.location), ...findings.map((f) => f.location)]
  const lines = places.flatMap((location) => (location === null ? [] : [location.line]))
  return [...new Set(lines)].sort((a, b) => a - b)
}
