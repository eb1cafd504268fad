import type { Node, PublicationTable } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { constraintsOf, factsName, isNewRelation, shortName, type World } from '../known.ts'
import { allOf, as, strings } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import { columnsOf } from './expressions.ts'
import { lockOnly } from './locks.ts'
import type { Break } from '../effect.ts'
import type { Draft, Form } from './form.ts'
import { knowNamed, whyThere } from './taken-names.ts'

export const createPublication: Form<'CreatePublicationStmt'> = (
  { pubname, pubobjects, for_all_tables: all, options },
  { world },
) => {
  const form = 'create publication'
  const name = quoteName(pubname ?? '')
  const made: Draft = {
    form,
    fails: whyThere('publication', name, world),
    learn: (known) => knowNamed(known, 'publication', name, true),
  }
  const drafts =
    all === true
      ? publishAll(world).map((draft) => ({ ...draft, ...made }))
      : [made, ...publish(form, pubobjects, world)]
  return sendsUpdates(options) ? drafts : drafts.map((draft) => ({ ...draft, breaks: [] }))
}

/** Of a publication that sends INSERT alone, nobody must tell which row is meant. */
function sendsUpdates(options: readonly Node[] | undefined): boolean {
  const publish = allOf(options, 'DefElem').find(({ defname }) => defname === 'publish')
  return publish === undefined || /update|delete/i.test(as(publish.arg, 'String')?.sval ?? 'update')
}

export const alterPublication: Form<'AlterPublicationStmt'> = (
  { pubname, pubobjects, action },
  { world },
) => {
  const form = 'alter publication'
  const lock = 'SHARE UPDATE EXCLUSIVE'
  const learn = changePublication(quoteName(pubname ?? ''))
  if (action === 'AP_DropObjects')
    return tables(pubobjects).map((table) => ({ ...lockOnly(form, table, lock), learn }))
  const named = new Set(tables(pubobjects).map(qualified))
  const before = action === 'AP_SetObjects' ? [...(world.facts?.relations?.() ?? [])] : []
  const left = before.filter(
    ({ name, publications }) => publications?.includes(quoteName(pubname ?? '')) === true && !named.has(name),
  )
  return [
    { form, learn },
    ...publish(form, pubobjects, world),
    ...left.map(({ name }) => lockOnly(form, shortName(name), lock)),
  ]
}

/** What it publishes is no longer what the database tells. */
export function changePublication(name: string): Draft['learn'] {
  return (known) => void known.attached.set(`publication ${name}`, false)
}

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
  return allOf(objects, 'PublicationObjSpec').flatMap(({ pubtable }) => {
    if (pubtable?.relation === undefined) return []
    const table = relationName(pubtable.relation)
    const breaks = [...withoutIdentity(table, world), ...beyondIdentity(table, pubtable, world)]
    return [{ ...lockOnly(form, table, 'SHARE UPDATE EXCLUSIVE'), breaks }]
  })
}

/** What is published of a table: the condition may use, and the columns must hold, those that tell which row is meant. */
function beyondIdentity(table: string, { whereClause, columns }: PublicationTable, world: World): Break[] {
  const { replicaIdentity } = world.facts?.relation?.(factsName(world, table)) ?? {}
  const key = constraintsOf(world, table).find(({ kind }) => kind === 'primary key')?.columns
  if (replicaIdentity !== 'primary key' || key === undefined) return []
  const used = columnsOf(whereClause)
  const sent = strings(columns).map(quoteName)
  const missing = [
    ...used.filter((column) => !key.includes(column)),
    ...(sent.length === 0 ? [] : key.filter((column) => !sent.includes(column))),
  ]
  return missing.length === 0
    ? []
    : [{ what: 'update', why: `UPDATE and DELETE fail on ${table}: ${missing.join(', ')} ${cannotTell}` }]
}

const cannotTell = 'cannot tell the subscribers which row is meant'

// A subscriber must be able to tell which row is meant.
function withoutIdentity(table: string, world: World): Break[] {
  if (world.facts?.constraints === undefined || isNewRelation(world, table)) return []
  if (constraintsOf(world, table).some(({ kind }) => kind === 'primary key')) return []
  const identity = world.facts.relation?.(factsName(world, table))?.replicaIdentity
  if (identity === 'full' || identity === 'index') return []
  return [
    { what: 'update', why: `UPDATE and DELETE fail on ${table}, which is published without a primary key` },
  ]
}

/** A table of a publication loses what tells its rows apart: its UPDATE and DELETE fail from then on. */
export function losesIdentity(table: string, world: World): Break[] {
  const facts = world.facts?.relation?.(factsName(world, table))
  if (facts?.publishesUpdates !== true || isNewRelation(world, table)) return []
  return [
    {
      what: 'update',
      why: `UPDATE and DELETE fail on ${table}, which is published and loses its replica identity`,
    },
  ]
}
