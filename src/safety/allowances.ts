import { closest } from '../config/closest.ts'
import type { PendingMigration } from '../migrations/types.ts'
import type { Allowance } from './accepted-risks.ts'
import { findAllowComments, type AllowComment } from './allow-comments.ts'
import type { JudgedMigration } from './judgement.ts'
import { comparePlaces, lastUpTo, type Place } from './places.ts'
import { rules } from './rules.ts'
import { statementPlaces, type StatementPlace } from './statement-places.ts'

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
  const comments = findAllowComments(text, migration.sql !== null && migration.generated !== true)
  if (comments.length === 0) return { allowances: [], problems: [] }
  const statements = statementPlaces(judged)
  const isEmpty = text.split('\n').map((line) => line.trim() === '')
  const problems = comments.flatMap((comment) => problemOf(comment, migration.file))
  const allowances = comments
    .filter(({ reason }) => reason !== '')
    .flatMap((comment) => {
      const statement = scopeOf(comment, migration, statements, isEmpty)
      const source = `${migration.file}:${comment.place.line}`
      const shared = { reason: comment.reason, source, until: null, migration: migration.file }
      return comment.rules.map((rule) => ({ ...shared, rule, ...(statement === null ? {} : { statement }) }))
    })
  return { allowances, problems }
}

function problemOf({ rules: names, reason, place: { line } }: AllowComment, file: string): string[] {
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
  return entries.flatMap(({ rule }) => unknownRule(configurationSource, rule))
}

/**
 * Where the statement starts that a comment speaks of, or null for the whole migration: the statement that it stands in or behind, or
 * the one that follows. A comment at the top of the file, parted from the SQL, speaks of all.
 */
function scopeOf(
  { place, trailing }: AllowComment,
  migration: PendingMigration,
  statements: readonly StatementPlace[],
  isEmpty: readonly boolean[],
): Place | null {
  if (migration.sql === null || migration.generated === true || place.line < migration.sqlLine) return null
  const before = lastUpTo(statements, place)
  if (before !== undefined && (trailing || comparePlaces(place, before.end) < 0)) return before
  const next = statements[before === undefined ? 0 : statements.indexOf(before) + 1]
  if (before === undefined && isEmpty.slice(place.line, next && next.line - 1).includes(true)) return null
  // Behind the last statement it speaks of nothing; a place where no statement starts says so.
  return next ?? place
}
