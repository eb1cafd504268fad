import type { DropStmt, ObjectType, RenameStmt } from 'libpg-query'
import { qualified, type RelationFacts } from '../../postgres/facts.ts'
import { isNewRelation, shortName, type World } from '../known.ts'
import { as } from '../nodes.ts'
import { forgetRelation } from '../renamed.ts'
import { quoteName } from '../sql-text.ts'
import { lockIndexes, lockOnly } from './locks.ts'
import { collatedColumns } from './drop-collation.ts'
import type { Context, Draft } from './form.ts'
import { knowNamed, whyThere } from './taken-names.ts'
import { anyFunction } from './replace-function.ts'

/** The relations of a schema; undefined when only the database could tell. */
function relationsIn(schema: string, world: World): RelationFacts[] | undefined {
  const all = world.facts?.relations?.()
  return all === undefined
    ? undefined
    : [...all].filter(({ name }) => isIn(schema, name) && !world.known.dropped.has(name))
}

/** ALTER SCHEMA ... RENAME: quick, and every query that names the schema fails. */
export function renameSchema(node: RenameStmt, { world }: Context): Draft {
  const schema = quoteName(node.subname ?? '')
  const newName = quoteName(node.newname ?? '')
  const draft: Draft = {
    form: 'rename schema',
    names: { table: schema, newName },
    fails: whyThere('schema', newName, world),
    learn: (known) => {
      knowNamed(known, 'schema', schema, false)
      knowNamed(known, 'schema', newName, true)
    },
  }
  if (relationsIn(schema, world)?.length === 0) return draft
  return { ...draft, breaks: [{ what: 'object', why: `the schema ${schema} is called ${newName} now` }] }
}

/** Judges DROP ... CASCADE of one thing. */
export type DropOne = (kind: ObjectType, name: string) => readonly Draft[]

/** DROP SCHEMA: with CASCADE all that is in it and what needs that elsewhere, without only what is empty. */
export function dropSchemas(node: DropStmt, context: Context, dropOne: DropOne): Draft[] {
  return (node.objects ?? []).flatMap((object) =>
    dropSchema(quoteName(as(object, 'String')?.sval ?? ''), node, context, dropOne),
  )
}

function dropSchema(schema: string, node: DropStmt, { world }: Context, dropOne: DropOne): Draft[] {
  const form = 'drop schema'
  const inside = relationsIn(schema, world)
  const others = othersIn(schema, world)
  const cascade = node.behavior === 'DROP_CASCADE'
  const dropped: Draft = {
    form,
    names: { table: schema },
    reversible: 'no',
    drops: [{ kind: 'schema', name: schema }],
    learn: (known) => {
      knowNamed(known, 'schema', schema, false)
      const made = [...known.relations].filter((name) => name.startsWith(`${schema}.`))
      for (const name of [...(inside ?? []).map((one) => one.name), ...made]) forgetRelation(world, name)
      for (const { name } of world.facts?.types?.() ?? []) if (isIn(schema, name)) known.typesGone.add(name)
    },
  }
  if (inside?.length === 0 && others.length === 0) return [dropped]
  if (!cascade && inside !== undefined)
    return [{ ...dropped, ...(world.known.doubtful ? {} : { fails: `the schema ${schema} is not empty` }) }]
  const all: readonly Content[] = [
    ...(inside ?? []).flatMap(({ name, kind }) => ({ name, kind: kinds[kind] ?? 'OBJECT_TABLE' })),
    ...others,
  ]
  const elsewhere = all
    .flatMap(({ kind, name }) => dropOne(kind, shortName(name)))
    .filter(({ relation, indexOf }) => !isIn(schema, qualified(indexOf ?? relation ?? `${schema}.`)))
  return [
    {
      ...dropped,
      breaks: [{ what: 'object', why: `the schema ${schema} no longer exists` }],
      loses: `the schema ${schema} with all that is in it`,
    },
    ...(inside ?? [])
      .filter(({ name, kind }) => !isNewRelation(world, name) && kind !== 'composite type')
      .flatMap(({ name }) => [
        lockOnly(form, shortName(name), 'ACCESS EXCLUSIVE'),
        ...lockIndexes(form, name, 'ACCESS EXCLUSIVE', world),
      ]),
    ...elsewhere,
  ]
}

interface Content {
  readonly kind: ObjectType
  /** Qualified. */
  readonly name: string
}

const kinds: Partial<Record<RelationFacts['kind'], ObjectType>> = {
  view: 'OBJECT_VIEW',
  'materialized view': 'OBJECT_MATVIEW',
  sequence: 'OBJECT_SEQUENCE',
  'composite type': 'OBJECT_TYPE',
}

/** The types, functions and used collations of a schema that are still there. */
function othersIn(schema: string, world: World): Content[] {
  const { facts, known } = world
  const types = [...(facts?.types?.() ?? [])].filter(
    ({ name, kind }) => isIn(schema, name) && kind !== 'composite' && !known.typesGone.has(name),
  )
  const functions = [...(facts?.allFunctions?.() ?? [])].filter(
    ({ name }) =>
      isIn(schema, name) && !known.functionsGone.has(name) && !known.functionsGone.has(anyFunction),
  )
  const collations = collatedColumns(world)
    .map(({ collation }) => qualified(collation ?? ''))
    .filter((name) => isIn(schema, name) && !name.startsWith('public."'))
  return [
    ...each(
      'OBJECT_TYPE',
      types.map(({ name }) => name),
    ),
    ...each(
      'OBJECT_FUNCTION',
      functions.map(({ name }) => name),
    ),
    ...each('OBJECT_COLLATION', collations),
  ]
}

function each(kind: ObjectType, names: readonly string[]): Content[] {
  return [...new Set(names)].map((name) => ({ kind, name }))
}

function isIn(schema: string, name: string): boolean {
  return name.startsWith(`${schema}.`)
}
