import type { ConstraintFacts } from '../../postgres/facts.ts'
import { constraintsOf, referencingKeys, shortName, type World } from '../known.ts'
import type { Draft } from './form.ts'
import { lockOnly } from './locks.ts'

/**
 * What a table needs of the foreign keys of the one that it becomes a partition of: Postgres takes over a valid one that says the
 * same, and else looks up every row.
 */
export function attachKeys(form: string, table: string, child: string, world: World): Draft[] {
  return foreignKeys(table, world).flatMap((key): Draft[] => {
    const referenced = shortName(key.references ?? '')
    const own = foreignKeys(child, world).filter((one) => saysTheSame(one, key))
    // The triggers of the key that is taken over are dropped.
    if (own.some(({ validated }) => validated)) return [lockOnly(form, referenced, 'ACCESS EXCLUSIVE')]
    const { name, definition } = own[0] ?? key
    const { columns, referencedColumns } = key
    return [
      {
        ...lockOnly('foreign key of new partition', child, 'ACCESS EXCLUSIVE'),
        work: 'scan',
        names: {
          table: child,
          constraint: name,
          columns,
          referenced,
          definition,
          ...(referencedColumns ? { referencedColumns } : {}),
        },
      },
      lockOnly(form, referenced, 'SHARE ROW EXCLUSIVE'),
    ]
  })
}

/** The tables at the other end of the foreign keys of a table. */
export function referencedBy(
  table: string,
  world: World,
  which: (key: ConstraintFacts) => boolean = () => true,
): string[] {
  const keys = foreignKeys(table, world).filter(which)
  return [...new Set(keys.map(({ references }) => shortName(references ?? '')))]
}

/** DETACH: the keys of the partition become its own; who points at the table must not point at a row of the partition. */
export function detachKeys(form: string, child: string, world: World): Draft[] {
  const referencing = referencingKeys(world, child).filter(({ inherited }) => inherited === true)
  return [
    ...referencedBy(child, world, isInherited).map((other) => lockOnly(form, other, 'SHARE ROW EXCLUSIVE')),
    ...referencing.map(({ table, columns, referencedColumns }): Draft => {
      const names = { table: shortName(table), columns, referenced: child }
      return {
        ...lockOnly('search referencing table', shortName(table), 'ACCESS EXCLUSIVE'),
        work: 'scan',
        names: { ...names, ...(referencedColumns ? { referencedColumns } : {}) },
      }
    }),
  ]
}

/** A part of the key of the table that it is a partition of. */
export function isInherited({ inherited }: ConstraintFacts): boolean {
  return inherited === true
}

function foreignKeys(table: string, world: World): readonly ConstraintFacts[] {
  return constraintsOf(world, table).filter(({ kind, references }) => kind === 'foreign key' && references)
}

function saysTheSame(one: ConstraintFacts, other: ConstraintFacts): boolean {
  const text = ({ definition }: ConstraintFacts) => definition.replace(/ NOT VALID$/i, '')
  const columns = ({ columns: own, referencedColumns }: ConstraintFacts) =>
    [...own, ...(referencedColumns ?? [])].join()
  return (
    one.references === other.references &&
    columns(one) === columns(other) &&
    (text(one) === text(other) || !isPrinted(one) || !isPrinted(other))
  )
}

// What the pending migrations added is as the user wrote it, and cannot be compared letter by letter.
function isPrinted({ definition }: ConstraintFacts): boolean {
  return definition.startsWith('FOREIGN KEY (')
}
