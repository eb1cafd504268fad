import type { Finding } from './finding.ts'
import type { JudgedMigration, Judgement } from './judgement.ts'
import { lastUpTo, type Place } from './places.ts'
import { placeKey, statementPlaces, type StatementPlace } from './statement-places.ts'
import { verdictOf, worst } from './verdict.ts'

/** Something that a person said to accept a risk. */
export interface Allowance {
  /** Null for every rule. */
  readonly rule: string | null
  readonly reason: string
  /** For people: 'db/migrations/1_x.sql:3', 'lockkeeper.yml', 'commit 1a2b3c4'. */
  readonly source: string
  /** The last day on which it counts, as 2026-01-31; null for ever. */
  readonly until: string | null
  /** The id, the file or the name of the migration that is meant; any when absent. */
  readonly migration?: string | undefined
  /** The files of migrations that are not meant. */
  readonly except?: ReadonlySet<string> | undefined
  /** The relation that is meant; any when absent. */
  readonly table?: string | undefined
  /** Where the statement that is meant starts in the file; the whole migration when absent. */
  readonly statement?: Place | undefined
}

export interface RiskAccount {
  readonly allowance: Allowance
  readonly state: 'used' | 'unused' | 'expired'
}

export interface AcceptedRisks {
  readonly judgement: Judgement
  readonly accounts: readonly RiskAccount[]
}

/**
 * The judgement with the accepted findings marked and the verdicts that are left. `today` is a day as 2026-01-31. The phases stay:
 * who accepts a risk does not change what a statement does.
 */
export function acceptRisks(
  judgement: Judgement,
  allowances: readonly Allowance[],
  today: string,
): AcceptedRisks {
  const valid = new Set(allowances.filter(({ until }) => until === null || until >= today))
  const byMigration = groupBy(valid, ({ migration }) => migration ?? any)
  const used = new Set<Allowance>()
  const migrations =
    valid.size === 0
      ? judgement.migrations
      : judgement.migrations.map((migration) => acceptIn(migration, byMigration, used))
  return {
    judgement: { ...judgement, verdict: worst(migrations.map(({ verdict }) => verdict)), migrations },
    accounts: allowances.map((allowance) => ({
      allowance,
      state: !valid.has(allowance) ? 'expired' : used.has(allowance) ? 'used' : 'unused',
    })),
  }
}

type Grouped = ReadonlyMap<string, readonly Allowance[]>

function groupBy(allowances: Iterable<Allowance>, keyOf: (allowance: Allowance) => string): Grouped {
  const groups = new Map<string, Allowance[]>()
  for (const allowance of allowances) {
    const same = groups.get(keyOf(allowance))
    if (same === undefined) groups.set(keyOf(allowance), [allowance])
    else same.push(allowance)
  }
  return groups
}

/** Stands for what an allowance leaves open: no name that anybody can write. */
const any = '\0'

function acceptIn(migration: JudgedMigration, byMigration: Grouped, used: Set<Allowance>): JudgedMigration {
  const open = namesOf(migration)
    .flatMap((name) => byMigration.get(name) ?? [])
    .filter(({ except }) => except?.has(migration.file) !== true)
  if (open.length === 0) return migration
  // Thousands of comments are not tried on each of thousands of findings.
  const bySubject = groupBy(open, ({ rule, statement }) => subject(rule ?? any, statement))
  const statements = statementPlaces(migration)
  const findings = migration.findings.map((finding) => {
    if (finding.severity === 'note') return finding
    const matching = subjectsOf(finding, statements)
      .flatMap((subject) => bySubject.get(subject) ?? [])
      .filter(({ table }) => table === undefined || isTable(finding, table))
    for (const allowance of matching) used.add(allowance)
    const [first] = matching
    return first === undefined
      ? finding
      : { ...finding, accepted: { reason: first.reason, source: first.source } }
  })
  return { ...migration, findings, verdict: verdictOf(findings) }
}

/** The names by which an allowance can mean a migration, the nearest first. */
function namesOf({ id, name, file }: JudgedMigration): string[] {
  return [...new Set([file, file.split('/').at(-1) ?? file, id, `${id}_${name}`, name, any])]
}

function subjectsOf({ rule, location }: Finding, statements: readonly StatementPlace[]): string[] {
  const own = location === null ? undefined : lastUpTo(statements, location)
  const places = own === undefined ? [undefined] : [own, undefined]
  return [rule, any].flatMap((one) => places.map((place) => subject(one, place)))
}

function subject(rule: string, statement: Place | undefined): string {
  return `${rule} ${statement === undefined ? any : placeKey(statement)}`
}

function isTable(finding: Finding, table: string): boolean {
  return finding.table !== undefined && sameTable(table, finding.table)
}

function sameTable(one: string, other: string): boolean {
  const plain = (name: string): string => name.replaceAll('"', '').replace(/^public\./, '')
  return plain(one) === plain(other)
}
