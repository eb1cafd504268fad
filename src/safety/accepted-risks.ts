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
  /** An allowance that nothing needs is worth a word. False for one that speaks of whatever there is. */
  readonly expected: boolean
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
  const valid = allowances.filter(({ until }) => until === null || until >= today)
  const used = new Set<Allowance>()
  const migrations = judgement.migrations.map((migration) => acceptIn(migration, valid, used))
  return {
    judgement: { ...judgement, verdict: worst(migrations.map(({ verdict }) => verdict)), migrations },
    accounts: allowances.map((allowance) => ({
      allowance,
      state: !valid.includes(allowance) ? 'expired' : used.has(allowance) ? 'used' : 'unused',
    })),
  }
}

function acceptIn(
  migration: JudgedMigration,
  allowances: readonly Allowance[],
  used: Set<Allowance>,
): JudgedMigration {
  const open = allowances.filter((allowance) => speaksOf(allowance, migration))
  if (open.length === 0) return migration
  const findings = migration.findings.map((finding) => {
    if (finding.severity === 'note') return finding
    const matching = open.filter((allowance) => covers(allowance, finding))
    for (const allowance of matching) used.add(allowance)
    const [first] = matching
    return first === undefined
      ? finding
      : { ...finding, accepted: { reason: first.reason, source: first.source } }
  })
  return { ...migration, findings, verdict: verdictOf(findings) }
}

function speaksOf({ migration: wanted }: Allowance, { id, name, file }: JudgedMigration): boolean {
  const fileName = file.split('/').at(-1)
  return wanted === undefined || [id, name, `${id}_${name}`, file, fileName].includes(wanted)
}

function covers({ rule, table, line }: Allowance, finding: Finding): boolean {
  return (
    (rule === null || rule === finding.rule) &&
    (table === undefined || (finding.table !== undefined && sameTable(table, finding.table))) &&
    (line === undefined || line === finding.location?.line)
  )
}

function sameTable(one: string, other: string): boolean {
  const plain = (name: string): string => name.replaceAll('"', '').replace(/^public\./, '')
  return plain(one) === plain(other)
}
