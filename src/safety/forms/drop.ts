import type { DropStmt, ObjectType } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import type { Thing } from '../effect.ts'
import { isNewRelation } from '../known.ts'
import { as } from '../nodes.ts'
import { listName } from '../sql-text.ts'
import { unknown, type Context, type Draft, type Form } from './form.ts'
import { dropIndexes } from './indexes.ts'

/** What dropping other kinds of objects takes from the running release. Relations among them are locked. */
const dropped: Partial<
  Record<ObjectType, { readonly kind: Thing['kind']; readonly words: string; readonly relation: boolean }>
> = {
  OBJECT_VIEW: { kind: 'view', words: 'view', relation: true },
  OBJECT_MATVIEW: { kind: 'view', words: 'materialized view', relation: true },
  OBJECT_SEQUENCE: { kind: 'sequence', words: 'sequence', relation: true },
  OBJECT_TYPE: { kind: 'type', words: 'type', relation: false },
  OBJECT_DOMAIN: { kind: 'type', words: 'domain', relation: false },
  OBJECT_FUNCTION: { kind: 'function', words: 'function', relation: false },
  OBJECT_PROCEDURE: { kind: 'function', words: 'procedure', relation: false },
  OBJECT_AGGREGATE: { kind: 'function', words: 'aggregate', relation: false },
}

/** DROP of anything. */
export const drop: Form<'DropStmt'> = (node, context) => {
  if (node.removeType === 'OBJECT_TABLE') return names(node).map((table) => dropTable(table, node, context))
  if (node.removeType === 'OBJECT_INDEX') return dropIndexes(node, context)
  const rule = node.removeType === undefined ? undefined : dropped[node.removeType]
  const kind = String(node.removeType).replace('OBJECT_', '').replaceAll('_', ' ')
  if (rule === undefined) return [unknown('drop other object', `DROP ${kind} is not judged`)]
  return names(node).map((name) => dropObject(name, rule, node, context))
}

function names(node: DropStmt): string[] {
  return (node.objects ?? []).map((object) => {
    const parts =
      as(object, 'List')?.items ?? as(object, 'TypeName')?.names ?? as(object, 'ObjectWithArgs')?.objname
    return listName(parts)
  })
}

function isGone(name: string, node: DropStmt, { world }: Context): boolean {
  return node.missing_ok === true && world.facts !== undefined && world.facts.bytes(name) === null
}

function cascades(node: DropStmt): boolean {
  return node.behavior === 'DROP_CASCADE'
}

function dropTable(table: string, node: DropStmt, context: Context): Draft {
  const shared: Draft = {
    form: 'drop table',
    relation: table,
    lock: 'ACCESS EXCLUSIVE',
    names: { table },
    learn: (known) => known.relations.delete(qualified(table)),
  }
  if (isNewRelation(context.world, table) || isGone(table, node, context)) return shared
  const others = cascades(node) ? ', and with CASCADE whatever depends on it' : ''
  return {
    ...shared,
    breaks: [{ what: 'read', why: `the table ${table} no longer exists` }],
    loses: `the table ${table} with all its rows${others}`,
    reversible: 'no',
    drops: [{ kind: 'table', name: table }],
  }
}

function dropObject(
  name: string,
  { kind, words, relation }: NonNullable<(typeof dropped)[ObjectType]>,
  node: DropStmt,
  { world }: Context,
): Draft {
  const shared: Draft = {
    form: `drop ${words}`,
    names: { table: name },
    ...(relation ? { relation: name, lock: 'ACCESS EXCLUSIVE' } : {}),
    learn: (known) => known.relations.delete(qualified(name)),
  }
  if (isNewRelation(world, name) || world.known.types.has(qualified(name))) return shared
  return {
    ...shared,
    drops: [{ kind, name }],
    breaks: [{ what: 'object', why: `the ${words} ${name} no longer exists` }],
    // With CASCADE, dropping a type takes the columns of that type along.
    ...(cascades(node) ? { loses: `with CASCADE, whatever depends on the ${words} ${name}` } : {}),
  }
}
