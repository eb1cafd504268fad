import { blocksWriters, type LockMode } from '../../src/safety/effect.ts'
import type { Truth } from '../accuracy/case.ts'
import type { Catalog, Relation } from './catalog.ts'
import { relationsOf } from './catalog.ts'
import type { Losses } from './losses.ts'
import type { Probe } from './probes.ts'
import type { Run } from './run.ts'
import { strongest, type Locks, type Work } from './work.ts'

/** Everything that was seen of one case. */
export interface Seen {
  readonly version: number
  readonly run: Run
  readonly before: Catalog
  readonly after: Catalog
  readonly broken: readonly { readonly probe: Probe; readonly error: string }[]
  readonly losses: Losses
}

/** The truth of a case, in the words of the cases. */
export function truthOf({ version, run, before, after, broken, losses }: Seen): Truth {
  const blocking = run.work.flatMap((work) => blockingOf(work, before.relations))
  const locks = strongest(run.work.map(({ held }) => held))
  const rewritten = namesOf(run.work.flatMap((work) => work.rewritten).filter(({ kind }) => kind !== 'i'))
  const scanned = namesOf(run.work.flatMap((work) => work.scanned))
  const breaks = [
    ...broken.filter(({ probe }) => !probe.onConflict).map(({ probe, error }) => `${probe.name}: ${error}`),
    ...brokenObjects(before, after),
  ]
  const reasons = reasonsOf({ run, blocking, breaks, losses })
  return {
    executed_on: version,
    outcome: run.error === null ? 'ok' : 'error',
    ...(run.error === null ? {} : { error: run.error.message, error_code: run.error.code }),
    locks: describeLocks(locks, before),
    rewrite: rewritten.length > 0,
    rewritten,
    index_rebuild: namesOf(run.work.flatMap((work) => work.rewritten).filter(({ kind }) => kind === 'i')),
    scan: scanned.length > 0,
    scanned,
    scan_under_lock: blocking.some(({ kind }) => kind === 'scan'),
    blocking: blocking.map(({ kind, rel, under }) => ({ kind, rel, under: describeLocks(under, before) })),
    breaks_old_code: breaks.length > 0,
    breaks,
    breaks_on_conflict: broken.filter(({ probe }) => probe.onConflict).map(({ probe }) => probe.name),
    loses_data: losses.lost.length > 0,
    data: [...losses.lost, ...losses.changed],
    left_open: run.leftOpen,
    non_transactional: run.work.filter((work) => work.refusesTransaction).map(({ sql }) => sql),
    unsafe: reasons.length > 0,
    why: reasons.length > 0 ? reasons.join(' | ') : harmless,
  }
}

const harmless =
  'only short locks, no scan or rewrite under a lock that blocks reads or writes, old queries still work, no data lost'

interface Blocking {
  readonly kind: 'scan' | 'rewrite' | 'index_build' | 'mass_dml'
  readonly rel: string
  readonly under: Locks
}

/** Work that others wait for: under a lock that stops them, or on the rows that they want. */
function blockingOf(
  { held, scanned, rewritten, mostlyWritten }: Work,
  relations: Catalog['relations'],
): Blocking[] {
  const under = new Map([...held].filter(([oid, mode]) => stops(relations.get(oid), mode)))
  const done = [
    ...scanned.map(({ name }) => ({ kind: 'scan', rel: name, under }) as const),
    ...rewritten.map(
      ({ kind, name }) => ({ kind: kind === 'i' ? 'index_build' : 'rewrite', rel: name, under }) as const,
    ),
  ]
  return [
    ...(under.size > 0 ? done : []),
    ...mostlyWritten.map(({ name }) => ({ kind: 'mass_dml', rel: name, under }) as const),
  ]
}

/** Nobody writes to a view or a materialized view, and indexes are locked with their tables. */
function stops(relation: Relation | undefined, mode: LockMode): boolean {
  const kind = relation?.kind ?? ''
  if (relation === undefined || relation.name.startsWith('toast of ') || !'rpfmv'.includes(kind)) return false
  return 'mv'.includes(kind) ? mode === 'ACCESS EXCLUSIVE' : blocksWriters(mode)
}

function reasonsOf({
  run,
  blocking,
  breaks,
  losses,
}: Pick<Seen, 'run' | 'losses'> & { blocking: readonly Blocking[]; breaks: readonly string[] }): string[] {
  if (run.error !== null) return [`fails: ${run.error.message}`]
  const open = run.leftOpen ? ['leaves a transaction open, with all its locks'] : []
  const words = { scan: 'full scan of', rewrite: 'rewrite of', index_build: 'index rebuild of', mass_dml: '' }
  const [firstBreak] = breaks
  return [
    ...open,
    ...blocking.map(({ kind, rel, under }) => {
      const locks = [...under.values()].map(nameOfMode).join(', ')
      if (kind !== 'mass_dml') return `${words[kind]} ${rel} under ${locks}`
      return `writes most rows of ${rel} in one transaction${locks === '' ? '' : ` while holding ${locks}`}`
    }),
    ...(firstBreak === undefined ? [] : [`breaks previous release: ${firstBreak}`]),
    ...(losses.lost.length === 0 ? [] : [`loses data: ${losses.lost.join('; ')}`]),
  ]
}

/** What breaks queries without a probe: other names, fewer rights, rows that are hidden. */
function brokenObjects(before: Catalog, after: Catalog): string[] {
  const names = new Set(after.objects.values())
  const renamed = [...before.objects].flatMap(([key, name]) => {
    const now = after.objects.get(key)
    // A query finds what was made again under the old name.
    if (now === undefined && names.has(name)) return []
    if (now === undefined)
      return key.startsWith('relation ') ? droppedView(before, key) : [`object [${name} dropped]`]
    return now === name ? [] : [`object [${name} renamed to ${now}]`]
  })
  const refused = [...before.privileges].flatMap(([privilege, own]) =>
    own || after.privileges.has(privilege) ? [] : [privilege],
  )
  const hidden = relationsOf(before, 'rp').filter(({ oid, rowSecurity }) => {
    const now = after.relations.get(oid)
    return now !== undefined && now.rowSecurity && !rowSecurity && now.policies === 0
  })
  return [
    ...renamed,
    ...refused.map((privilege) => `privilege [${privilege}: removed]`),
    ...hidden.map(
      ({ name }) => `read ${name} [row security turned on: a non-owner sees no rows without a policy]`,
    ),
  ]
}

/** Sequences that are gone show where columns need them. */
function droppedView({ relations, objects }: Catalog, key: string): string[] {
  const kind = relations.get(Number(key.split(' ')[1]))?.kind ?? ''
  return kind === 'S' ? [] : [`object [${objects.get(key) ?? ''} (${kind}) dropped]`]
}

function describeLocks(locks: Locks, { relations }: Catalog): Record<string, string> {
  return Object.fromEntries(
    [...locks].map(([oid, mode]) => [relations.get(oid)?.name ?? String(oid), nameOfMode(mode)]),
  )
}

/** ACCESS EXCLUSIVE is 'AccessExclusiveLock' in pg_locks. */
function nameOfMode(mode: LockMode): string {
  return `${mode
    .split(' ')
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join('')}Lock`
}

function namesOf(relations: readonly Relation[]): string[] {
  return [...new Set(relations.map(({ name }) => name))]
}
