import type { DropStmt, RenameStmt } from 'libpg-query'
import type { RelationFacts } from '../../postgres/facts.ts'
import { isNewRelation, type World } from '../known.ts'
import { as } from '../nodes.ts'
import { forgetRelation } from '../renamed.ts'
import { quoteName } from '../sql-text.ts'
import { lockIndexes, lockOnly } from './locks.ts'
import type { Context, Draft } from './form.ts'

/** The relations of a schema; undefined when only the database could tell. */
function relationsIn(schema: string, world: World): RelationFacts[] | undefined {
  const all = world.facts?.relations?.()
  return all === undefined ? undefined : [...all].filter(({ name }) => name.startsWith(`${schema}.`))
}

/** ALTER SCHEMA ... RENAME: quick, and every query that names the schema fails. */
export function renameSchema(node: RenameStmt, { world }: Context): Draft {
  const schema = quoteName(node.subname ?? '')
  const newName = quoteName(node.newname ?? '')
  const draft: Draft = { form: 'rename schema', names: { table: schema, newName } }
  if (relationsIn(schema, world)?.length === 0) return draft
  return { ...draft, breaks: [{ what: 'object', why: `the schema ${schema} is called ${newName} now` }] }
}

/** DROP SCHEMA: with CASCADE all that is in it, without only what is empty. */
export function dropSchemas(node: DropStmt, context: Context): Draft[] {
  return (node.objects ?? []).flatMap((object) =>
    dropSchema(quoteName(as(object, 'String')?.sval ?? ''), node, context),
  )
}

function dropSchema(schema: string, node: DropStmt, { world }: Context): Draft[] {
  const form = 'drop schema'
  const inside = relationsIn(schema, world)
  const cascade = node.behavior === 'DROP_CASCADE'
  const dropped: Draft = {
    form,
    names: { table: schema },
    reversible: 'no',
    drops: [{ kind: 'schema', name: schema }],
    learn: (known) => {
      const made = [...known.relations].filter((name) => name.startsWith(`${schema}.`))
      for (const name of [...(inside ?? []).map((one) => one.name), ...made]) forgetRelation(world, name)
      for (const { name } of world.facts?.types?.() ?? [])
        if (name.startsWith(`${schema}.`)) known.typesGone.add(name)
    },
  }
  if (inside?.length === 0) return [dropped]
  if (!cascade && inside !== undefined) return [{ ...dropped, fails: `the schema ${schema} is not empty` }]
  return [
    {
      ...dropped,
      breaks: [{ what: 'object', why: `the schema ${schema} no longer exists` }],
      loses: `the schema ${schema} with all that is in it`,
    },
    ...(inside ?? [])
      .filter(({ name, kind }) => !isNewRelation(world, name) && kind !== 'composite type')
      .flatMap(({ name }) => [
        lockOnly(form, name, 'ACCESS EXCLUSIVE'),
        ...lockIndexes(form, name, 'ACCESS EXCLUSIVE', world),
      ]),
  ]
}
