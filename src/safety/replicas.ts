import type { Facts, Replica } from '../postgres/facts.ts'
import { duration } from './durations.ts'
import type { Effect } from './effect.ts'
import type { Finding } from './finding.ts'
import type { JudgedMigration, Judgement } from './judgement.ts'
import { withFindings } from './with-findings.ts'

/** Bytes from which a statement's need of space is worth a word; with replicas, so is what they have to replay. */
const largeVolume = 1_000_000_000
const largeForReplicas = 100_000_000

/**
 * The judgement with what large work means for the disk, the log and the replicas that the facts show, and with the locks that standbys
 * replay. Notes: they refuse nothing.
 */
export function withReplicas(judgement: Judgement, facts: Facts): Judgement {
  const replicas = facts.server?.replicas ?? []
  const all = judgement.migrations.flatMap((migration) =>
    migration.effects.map((effect) => ({ migration, effect })),
  )
  return withFindings(judgement, [
    ...all.flatMap((one) => muchToWrite(one, facts, replicas)),
    ...standbyQueries(all, replicas),
  ])
}

interface Placed {
  readonly migration: JudgedMigration
  readonly effect: Effect
}

function muchToWrite({ migration, effect }: Placed, facts: Facts, replicas: readonly Replica[]): Finding[] {
  const volume = volumeOf(effect, facts)
  if (volume < (replicas.length > 0 ? largeForReplicas : largeVolume)) return []
  const { table } = effect.names
  const size = `${(volume / 1_000_000_000).toFixed(1)} GB`
  const message = [
    `It writes ${atMost(effect)}${size} again for ${table}: it needs that much free space on the disk beside what is there, and the ` +
      'write-ahead log grows by about as much. How much is free, only the provider knows.',
    ...(replicas.length === 0 ? [] : [`It has to reach ${list(replicas)}.`]),
  ].join(' ')
  return [note('much-to-write', migration, effect, message)]
}

/** Bytes that a statement writes anew, at the most. */
function volumeOf({ work, names, form }: Effect, facts: Facts): number {
  const relation = facts.relation?.(names.table)
  const bytes = facts.bytes(names.table) ?? 0
  if (work === 'rewrite') return bytes
  if (work !== 'index build' && work !== 'row writes') return 0
  const indexes = relation?.indexBytes ?? 0
  return form.startsWith('reindex') ? indexes : bytes - indexes
}

const atMost = ({ work }: Effect): string => (work === 'rewrite' ? 'about ' : 'up to ')

function list(replicas: readonly Replica[]): string {
  return replicas.map((replica) => `${replica.name || 'an unnamed replica'} (${lagOf(replica)})`).join(', ')
}

function lagOf({ state, lag, behind }: Replica): string {
  if (state === null) return 'how far it is behind, the role of the connection may not see'
  const bytes = behind === null ? '' : `, ${Math.ceil(behind / 1_000_000)} MB`
  return lag === null ? `${state}${bytes} behind now` : `${state}, ${duration(lag)}${bytes} behind now`
}

/** Said once, at the first statement: the same is true of the others. */
function standbyQueries(all: readonly Placed[], replicas: readonly Replica[]): Finding[] {
  const standbys = replicas.filter(({ isStandby }) => isStandby !== false)
  const locking = all.filter(
    ({ effect }) => effect.lock === 'ACCESS EXCLUSIVE' && !effect.isNew && effect.relation !== '',
  )
  const [first] = locking
  if (standbys.length === 0 || first === undefined) return []
  const others = new Set(locking.map(({ effect }) => effect.statement)).size - 1
  const message =
    `Its ACCESS EXCLUSIVE lock on ${first.effect.names.table} is replayed by ${list(standbys)}: queries there that use the table hold up the ` +
    `replay and are cancelled after max_standby_streaming_delay.${others === 0 ? '' : ` So it is with ${others} more of the statements.`}`
  return [note('standby-queries', first.migration, first.effect, message)]
}

function note(
  rule: string,
  { id, file }: JudgedMigration,
  { statement: { location, sql }, names: { table } }: Effect,
  message: string,
): Finding {
  return { rule, severity: 'note', migration: id, file, location, sql, message, recipe: null, table }
}
