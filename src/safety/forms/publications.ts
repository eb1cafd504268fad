import type { Node } from 'libpg-query'
import { constraintsOf, isNewRelation, shortName, type World } from '../known.ts'
import { allOf } from '../nodes.ts'
import { relationName } from '../sql-text.ts'
import { lockOnly } from './locks.ts'
import type { Break } from '../effect.ts'
import type { Draft, Form } from './form.ts'

export const createPublication: Form<'CreatePublicationStmt'> = (
  { pubobjects, for_all_tables: all },
  { world },
) =>
  all === true
    ? publishAll(world)
    : [{ form: 'create publication' }, ...publish('create publication', pubobjects, world)]

export const alterPublication: Form<'AlterPublicationStmt'> = ({ pubobjects, action }, { world }) =>
  action === 'AP_DropObjects'
    ? tables(pubobjects).map((table) => lockOnly('alter publication', table, 'SHARE UPDATE EXCLUSIVE'))
    : [{ form: 'alter publication' }, ...publish('alter publication', pubobjects, world)]

/** FOR ALL TABLES: no lock, but every table needs to say which row is meant. */
function publishAll(world: World): Draft[] {
  const form = 'create publication'
  const all = world.facts?.relations?.()
  if (all === undefined)
    return [{ form, unknown: 'whether every table has a replica identity; UPDATE fails without one' }]
  const tables = [...all].filter(({ kind }) => kind === 'table').map(({ name }) => shortName(name))
  return [{ form, breaks: tables.flatMap((table) => withoutIdentity(table, world)) }]
}

function tables(objects: readonly Node[] | undefined): string[] {
  return allOf(objects, 'PublicationObjSpec').flatMap(({ pubtable }) =>
    pubtable?.relation === undefined ? [] : [relationName(pubtable.relation)],
  )
}

function publish(form: string, objects: readonly Node[] | undefined, world: World): Draft[] {
  return tables(objects).map((table) => ({
    ...lockOnly(form, table, 'SHARE UPDATE EXCLUSIVE'),
    breaks: withoutIdentity(table, world),
  }))
}

// A subscriber must be able to tell which row is meant.
function withoutIdentity(table: string, world: World): Break[] {
  if (world.facts?.constraints === undefined || isNewRelation(world, table)) return []
  if (constraintsOf(world, table).some(({ kind }) => kind === 'primary key')) return []
  return [
    { what: 'update', why: `UPDATE and DELETE fail on ${table}, which is published without a primary key` },
  ]
}
