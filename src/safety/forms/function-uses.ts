import { qualified, type FunctionUse } from '../../postgres/facts.ts'
import {
  findColumn,
  findConstraint,
  findIndex,
  partKey,
  presentName,
  shortName,
  type World,
} from '../known.ts'
import { dropReaders } from './dropped-views.ts'
import type { Draft } from './form.ts'
import { lockIndex, lockOnly } from './locks.ts'
import { loseColumns } from './lost-columns.ts'
import { dropPolicy } from './policies.ts'
import { isAttached } from './triggers.ts'
import { loseTable } from './types.ts'
import { arbiterIsGone } from './upserts.ts'

/** A use of a function by something that has a place: a table, a view or an index. */
type Placed = FunctionUse & { readonly relation: string }

/** What needs a function and is still there; undefined when only the database could tell. */
export function usesOf(
  name: string,
  types: readonly string[] | undefined,
  world: World,
): readonly FunctionUse[] | undefined {
  const all = world.facts?.functions?.(name).filter((one) => one.name === qualified(name))
  if (all === undefined || all.some(({ usedBy }) => usedBy === undefined)) return undefined
  const same = all.filter((one) => types === undefined || one.arguments === types.map(shortName).join(', '))
  return (same.length > 0 ? same : all)
    .flatMap(({ usedBy }) => usedBy ?? [])
    .filter((use) => isThere(use, world))
}

/** Whether the pending migrations left it as it was. */
export function isThere(use: FunctionUse, world: World): boolean {
  const { kind, name } = use
  const { dropped, views, columns, policies } = world.known
  // Which functions, types and operators they dropped is not told apart.
  if (!isPlaced(use)) return world.known.functionsGone.size + world.known.typesGone.size === 0
  const relation = presentName(world, use.relation)
  if (dropped.has(qualified(relation))) return false
  const key = partKey(relation, name)
  if (kind === 'default') return columns.get(qualified(relation))?.has(name) !== true && !dropped.has(key)
  if (kind === 'generated column') return findColumn(world, relation, name) !== null
  if (kind === 'check') return findConstraint(world, relation, name) !== null
  if (kind === 'index') return findIndex(world, relation) !== null
  if (kind === 'policy') return !policies.has(key)
  if (kind === 'trigger' || kind === 'rule') return isAttached(kind, relation, name, world) !== false
  return kind !== 'view' || !views.has(qualified(relation))
}

function isPlaced(use: FunctionUse): use is Placed {
  return use.relation !== null
}

/** What goes with a function: by CASCADE, or by itself. */
export function dropUses(form: string, uses: readonly FunctionUse[], world: World): Draft[] {
  const views = uses.filter(({ kind }) => kind === 'view').filter(isPlaced)
  return [
    ...uses
      .filter(isPlaced)
      .flatMap((use) => dropUse(form, use, shortName(presentName(world, use.relation)), world)),
    ...dropReaders(
      views.map(({ relation }) => shortName(presentName(world, relation))),
      world,
    ),
  ]
}

function dropUse(form: string, { kind, name }: Placed, relation: string, world: World): Draft[] {
  const lock = 'ACCESS EXCLUSIVE'
  if (kind === 'default') {
    const why = `INSERT statements that leave out ${relation}.${name} relied on its default`
    return [{ ...lockOnly(form, relation, lock), breaks: [{ what: 'insert', why }] }]
  }
  if (kind === 'generated column') return loseColumns(form, [{ table: relation, name }], world)
  if (kind === 'partition key') return [loseTable(form, relation)]
  if (kind === 'policy') return [dropPolicy(relation, name, world)]
  if (kind === 'index') {
    const index = findIndex(world, relation)
    const table = shortName(index?.table ?? relation)
    const lost = index?.unique === true ? arbiterIsGone(world, table, index.columns, 'unique index') : {}
    return [{ ...lockOnly(form, table, lock), ...lost }, lockIndex(form, relation, table, lock)]
  }
  return kind === 'view' ? [] : [lockOnly(form, relation, lock)]
}
