import type { Finding } from './finding.ts'
import type { JudgedMigration, Judgement } from './judgement.ts'
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
  /** The relation that is meant; any when absent. */
  readonly table?: string | undefined
  /** The line in the file at which the statement that is meant starts; the whole migration when absent. */
  readonly line?: number | undefined
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

/** Stands for what an allowance leaves open. */
const any = '*'

function acceptIn(migration: JudgedMigration, byMigration: Grouped, used: Set<Allowance>): JudgedMigration {
  const open = namesOf(migration).flatMap((name) => byMigration.get(name) ?? [])
  if (open.length === 0) return migration
  // Thousands of comments are not tried on each of thousands of findings.
  const bySubject = groupBy(open, ({ rule, line }) => `${rule ?? any} ${line ?? any}`)
  const findings = migration.findings.map((finding) => {
    if (finding.severity === 'note') return finding
    const matching = subjectsOf(finding)
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

function subjectsOf({ rule, location }: Finding): string[] {
  const lines = location === null ? [any] : [String(location.line), any]
  return [rule, any].flatMap((one) => lines.map((line) => `${one} ${line}`))
}

function isTable(finding: Finding, table: string): boolean {
  return finding.table !== undefined && sameTable(table, finding.table)
}

function sameTable(one: string, other: string): boolean {
  const plain = (name: string): string => name.replaceAll('"', '').replace(/^public\./, '')
  return plain(one) === plain(other)
}
