import type { Node, ViewStmt } from 'libpg-query'
import { qualified, type IndexFacts } from '../../postgres/facts.ts'
import { isNewRelation, indexesOf, shortName, type World } from '../known.ts'
import { allOf, as, strings } from '../nodes.ts'
import { forgetRelation } from '../renamed.ts'
import { relationName, typeText } from '../sql-text.ts'
import { isView, knowView, relationsBehind } from './known-views.ts'
import { lockIndexes, lockOnly } from './locks.ts'
import { knowNew } from './new-columns.ts'
import { outputColumns, shownColumns, shownTable, whyRepeated } from './output-columns.ts'
import { whyTaken } from './presence.ts'
import type { Context, Draft, Form } from './form.ts'

/** CREATE VIEW, and CREATE OR REPLACE VIEW, which may add columns at its end but change none. */
export const createView: Form<'ViewStmt'> = (node, context) => {
  const name = relationName(node.view)
  const { world } = context
  const isThere =
    (world.facts?.kind === undefined || world.facts.kind(name) === 'view') &&
    !world.known.dropped.has(qualified(name))
  const columns = outputColumns(node.query, node.aliases, world)
  const names = columns?.map(([column]) => column)
  const replaces = node.replace === true && isThere && !isNewRelation(world, name)
  const taken = node.view?.relpersistence === 't' ? {} : whyTaken(name, 'relation', world)
  return [
    {
      form: replaces ? 'replace view' : 'create view',
      relation: name,
      ...(replaces ? { lock: 'ACCESS EXCLUSIVE' as const, ...lostColumns(node, name, context) } : taken),
      ...whyRepeated(name, names ?? []),
      names: { table: name, ...mirrored(node.query), ...(names === undefined ? {} : { columns: names }) },
      creates: [{ kind: 'view', name }],
      learn: (known) => {
        if (!replaces) knowNew(known, node.view, columns)
        const query = as(node.query, 'SelectStmt')
        if (query !== undefined) knowView(known, name, { query, columns: strings(node.aliases) })
      },
    },
  ]
}

// Postgres refuses a view that lacks a column of the one that it replaces, or calls it otherwise.
function lostColumns(node: ViewStmt, view: string, { world }: Context): { fails?: string } {
  const before = (world.facts?.columns?.(view) ?? []).map(({ name }) => name)
  const after = outputColumns(node.query, node.aliases, world)?.map(([name]) => name)
  if (after === undefined || before.length === 0) return {}
  const changed = before.find((name, index) => after[index] !== name)
  const retyped = retypedColumn(node, view, world)
  if (retyped !== undefined)
    return { fails: `Postgres lets nobody give the column ${retyped} of a view another type` }
  return changed === undefined
    ? {}
    : { fails: `Postgres lets nobody replace a view by one without its column ${changed} in that place` }
}

/** A column that the new text casts to another type than it has. */
function retypedColumn(node: ViewStmt, view: string, world: Context['world']): string | undefined {
  const targets = allOf(as(node.query, 'SelectStmt')?.targetList, 'ResTarget')
  const columns = world.facts?.columns?.(view) ?? []
  return columns.find(({ type }, index) => {
    const cast = as(targets[index]?.val, 'TypeCast')
    return cast !== undefined && typeText(cast.typeName) !== type
  })?.name
}

/** The table that a view shows with all its columns, as they are called. */
function mirrored(query: Node | undefined): { referenced?: string } {
  const select = as(query, 'SelectStmt')
  const table = select === undefined || shownColumns(select) !== 'all' ? undefined : shownTable(select)
  return table === undefined ? {} : { referenced: table }
}

function lacksKey(view: string, world: World): boolean {
  if (world.facts?.indexes === undefined || world.known.doubtful || isNewRelation(world, view)) return false
  return keysOf(view, world).length === 0
}

/** The unique indexes over plain columns and all rows, one of which CONCURRENTLY needs. */
function keysOf(view: string, world: World): IndexFacts[] {
  const made = [...world.known.indexes.values()].filter(({ table }) => qualified(table) === qualified(view))
  return [...indexesOf(world, view), ...made].filter(
    ({ unique, partial, columns }) => unique && partial !== true && !columns.includes(null),
  )
}

/** REFRESH MATERIALIZED VIEW: readers wait for the whole query, unless CONCURRENTLY. */
export const refresh: Form<'RefreshMatViewStmt'> = (node, { world }) => {
  const view = relationName(node.relation)
  const names = { table: view }
  if (node.concurrent === true) {
    const form = 'refresh materialized view concurrently'
    const fails = `${view} has no unique index over plain columns and all rows, which CONCURRENTLY needs`
    return [
      {
        form,
        relation: view,
        lock: 'EXCLUSIVE',
        work: 'scan',
        blocksNobody: true,
        names,
        ...(lacksKey(view, world) ? { fails } : {}),
      },
    ]
  }
  if (node.skipData === true) {
    const why = `the materialized view ${view} has no rows and refuses to be read until it is refreshed`
    const breaks = [{ what: 'read', why }] as const
    // It gets a new file, of which nothing has to be written.
    return [
      { ...lockOnly('empty materialized view', view, 'ACCESS EXCLUSIVE'), breaks },
      ...lockIndexes('empty materialized view', view, 'ACCESS EXCLUSIVE', world),
    ]
  }
  // Its query takes as long as what it reads is large, and may answer with little.
  const sources = relationsBehind(view, world).filter((name) => !isView(name, world))
  const form = 'refresh materialized view'
  const key = keysOf(view, world).find(({ name }) => name !== undefined)?.name
  const keyed = key === undefined ? names : { ...names, index: shortName(key) }
  return [{ form, relation: view, lock: 'ACCESS EXCLUSIVE', work: 'rewrite', sources, names: keyed }]
}

/** DROP VIEW and DROP MATERIALIZED VIEW. */
export function dropView(view: string, words: string, { world }: Pick<Context, 'world'>): Draft[] {
  const form = `drop ${words}`
  const columns = world.facts?.columns?.(view)?.map(({ name }) => name)
  const shared: Draft = {
    ...lockOnly(form, view, 'ACCESS EXCLUSIVE'),
    names: { table: view, ...(columns === undefined ? {} : { columns }) },
    learn: () => forgetRelation(world, view),
  }
  if (isNewRelation(world, view)) return [shared]
  const why = `the ${words} ${view} no longer exists`
  return [
    { ...shared, drops: [{ kind: 'view', name: view }], breaks: [{ what: 'object', why }] },
    ...lockIndexes(form, view, 'ACCESS EXCLUSIVE', world),
  ]
}
