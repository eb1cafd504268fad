import { qualified } from '../postgres/facts.ts'
import type { Effect } from './effect.ts'
import { baseName, inSchemaOf, inventName } from './sql-text.ts'

/** A way in which a later statement of the same transaction mends what an earlier one would have broken. */
interface Remedy {
  readonly broken: readonly string[]
  readonly mending: readonly string[]
  /** What both speak of. */
  readonly subject: (effect: Effect) => string
  /** What the later one speaks of, where it says it otherwise. */
  readonly mends?: (effect: Effect) => string
  readonly fits: (broken: Effect, later: Effect) => boolean
}

const remedies: readonly Remedy[] = [
  // A view under the old name of a renamed table can be read and written like the table.
  {
    broken: ['rename table'],
    mending: ['create view'],
    subject: ({ names }) => qualified(names.table),
    fits: (broken, later) =>
      qualified(later.names.referenced ?? '') === qualified(broken.names.newName ?? ''),
  },
  // A column that gets its old name back.
  {
    broken: ['rename column'],
    mending: ['rename column'],
    subject: ({ relation }) => qualified(relation),
    fits: ({ names: broken }, { names: later }) =>
      later.column === broken.newName && later.newName === broken.column,
  },
  // Row level security that ends as it was, or with a policy.
  {
    broken: ['enable row security'],
    mending: ['disable row security', 'create policy'],
    subject: ({ relation }) => qualified(relation),
    fits: () => true,
  },
  // A policy that goes with the row level security that it was for.
  {
    broken: ['drop policy'],
    mending: ['disable row security'],
    subject: ({ relation }) => qualified(relation),
    fits: () => true,
  },
  // A function that is made again with the same arguments.
  {
    broken: ['drop function'],
    mending: ['create function', 'replace function'],
    subject: ({ names }) => qualified(names.table),
    fits: ({ names: { columns } }, later) =>
      columns !== undefined && columns.join() === later.names.columns?.join(),
  },
  // A sequence that is made again, by itself or for an identity.
  {
    broken: ['drop sequence'],
    mending: ['create sequence', 'add identity'],
    subject: ({ names }) => qualified(names.table),
    mends: ({ form, relation, names, creates }) =>
      qualified(
        form === 'add identity' ? sequenceOf(relation, names.column ?? '') : (creates[0]?.name ?? ''),
      ),
    fits: () => true,
  },
  // A column that gets another default in place of the one that it loses, or may be NULL.
  {
    broken: ['drop default', 'drop identity', 'drop sequence', 'add required column'],
    mending: ['add identity', 'set default', 'drop not null'],
    subject: ({ relation, names }) => `${qualified(relation)}.${names.column ?? ''}`,
    fits: () => true,
  },
  // A type whose name goes to another one with all its labels.
  {
    broken: ['rename type', 'drop type'],
    mending: ['create type'],
    subject: ({ names }) => qualified(names.table),
    fits: keepsLabels,
  },
  {
    broken: ['rename type', 'drop type'],
    mending: ['rename type'],
    subject: ({ names }) => qualified(names.table),
    mends: ({ names }) => qualified(names.newName ?? ''),
    fits: keepsLabels,
  },
  // A column of a type that then gets the name of the old one.
  {
    broken: ['change type'],
    mending: ['rename type'],
    subject: ({ names }) => swapped(names.type, names.oldType),
    mends: ({ names }) => swapped(names.table, names.newName),
    fits: ({ breaks }) => breaks.every(({ what }) => what === 'read'),
  },
]

function keepsLabels({ names: { labels } }: Effect, { names: later }: Effect): boolean {
  return labels?.every((label) => later.labels?.includes(label) === true) === true
}

function swapped(type = '', oldType = ''): string {
  return [type, oldType].map((name) => qualified(name.replace(/(\[\])+$/, ''))).join(' ')
}

/** The sequence of an identity: Postgres makes its name up from the table and the column. */
function sequenceOf(table: string, column: string): string {
  return inSchemaOf(table, inventName(baseName(table), column, 'seq'))
}

/** The effects, without what a later statement of the same transaction mends. */
export function mendBroken(
  effects: readonly Effect[],
  stays: (effect: Effect) => boolean,
): readonly Effect[] {
  if (effects.every(({ breaks }) => breaks.length === 0)) return effects
  const menders = remedies.map((remedy) => findMenders(remedy, effects, stays))
  const isMended = (broken: Effect, index: number): boolean =>
    broken.breaks.length > 0 &&
    remedies.some(
      (remedy, number) =>
        remedy.broken.includes(broken.form) &&
        menders[number]
          ?.get(remedy.subject(broken))
          ?.some(
            ({ effect: later, place }) =>
              place > index && isTogether(broken, later) && remedy.fits(broken, later),
          ) === true,
    )
  return effects.map((effect, index) => (isMended(effect, index) ? { ...effect, breaks: [] } : effect))
}

interface Mender {
  readonly effect: Effect
  readonly place: number
}

/** By their subject, so that a long migration is not searched through for each of its statements. */
function findMenders(
  { mending, subject, mends = subject }: Remedy,
  effects: readonly Effect[],
  stays: (effect: Effect) => boolean,
): Map<string, Mender[]> {
  const found = new Map<string, Mender[]>()
  for (const [place, effect] of effects.entries()) {
    if (!mending.includes(effect.form) || !stays(effect)) continue
    const same = found.get(mends(effect))
    if (same === undefined) found.set(mends(effect), [{ effect, place }])
    else same.push({ effect, place })
  }
  return found
}

function isTogether({ statement }: Effect, { statement: later }: Effect): boolean {
  return later === statement || (later.inTransaction && later.unit === statement.unit)
}
