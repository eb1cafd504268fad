import type { Finding } from './finding.ts'
import type { Judgement } from './judgement.ts'
import { verdictOf, worst } from './verdict.ts'

/** The judgement with more findings, each in the migration that it is about. */
export function withFindings(judgement: Judgement, more: readonly Finding[]): Judgement {
  if (more.length === 0) return judgement
  const migrations = judgement.migrations.map((migration) => {
    const own = more.filter(({ migration: id, file }) => id === migration.id && file === migration.file)
    const findings = [...migration.findings, ...own]
    return own.length === 0 ? migration : { ...migration, findings, verdict: verdictOf(findings) }
  })
  return { ...judgement, verdict: worst(migrations.map(({ verdict }) => verdict)), migrations }
}
