import { currentRelease } from '../../heroku/releases.ts'
import { fingerprint } from '../../postgres/fingerprint.ts'
import { askDatabase } from '../target.ts'
import { whatReverseLoses } from '../../safety/reverse-loss.ts'
import type { JudgedMigration } from '../../safety/judgement.ts'
import type { Observed } from './plan.ts'
import type { Recovery } from './recovery.ts'
import { readTargetSchema } from '../before.ts'

export interface Observation extends Observed {
  /** Applied since the destination, newest first. */
  readonly newer: readonly string[]
}

/** Asks the world what is true now, next to the destination. Reads only. */
export async function observe(recovery: Recovery): Promise<Observation> {
  const { target, to, config, backup } = recovery
  const [release, schema, state] = await Promise.all([
    currentRelease(target.heroku, target.app.name),
    readTargetSchema(target),
    target.framework?.read(target.migrations) ?? null,
  ])
  const newer = (state?.applied ?? []).filter((id) => !to.applied.includes(id)).reverse()
  const gone = to.applied.filter((id) => !(state?.applied ?? []).includes(id))
  const sameSchema = to.fingerprint === null ? newer.length === 0 : fingerprint(schema) === to.fingerprint
  const schemaUnchanged = sameSchema && newer.length === 0 && gone.length === 0
  const changes = judgedChanges(recovery, newer)
  return {
    newer,
    currentRelease: `v${release.version} (${release.description})`,
    app: release.id === to.release.id ? 'unchanged' : recovery.isOurs(release) ? 'ours' : 'foreign',
    schemaUnchanged,
    survivable: schemaUnchanged || (changes !== null && changes.every(({ phase }) => phase === 'expand')),
    reversible: newer.length > 0 && gone.length === 0 && canReverse(recovery, newer),
    reverseLoses: schemaUnchanged || changes === null ? [] : await losses(recovery, changes),
    restoreLosesNothing: backup !== null && backup.quiesced && recovery.quiesced()?.alone === true,
    hasBackup: backup !== null,
    lossAccepted: recovery.lossAccepted,
    wanted: config.rollback.database,
  }
}

/**
 * The judged migrations that may have changed the schema. When none is listed as applied, one may be half applied: then all
 * that were pending count. Null when a change was never judged.
 */
function judgedChanges({ judgement }: Recovery, newer: readonly string[]): readonly JudgedMigration[] | null {
  if (judgement === null) return null
  const judged = judgement.migrations.filter(({ id }) => newer.length === 0 || newer.includes(id))
  return judged.length >= newer.length ? judged : null
}

function canReverse({ reversals }: Recovery, newer: readonly string[]): boolean {
  return newer.every((id) => reversals.find((migration) => migration.id === id)?.reverse.available === true)
}

async function losses({ target }: Recovery, changes: readonly JudgedMigration[]): Promise<string[]> {
  const effects = changes.flatMap((migration) => migration.effects)
  const lost = await askDatabase(target, (client) => whatReverseLoses(client, effects))
  return lost.map(({ sentence }) => sentence)
}
