import type { DropStmt } from 'libpg-query'
import { qualified, type RelationFacts } from '../../postgres/facts.ts'
import { shortName, type World } from '../known.ts'
import { allOf } from '../nodes.ts'
import { listName, objectName } from '../sql-text.ts'
import type { Context, Draft } from './form.ts'
import { lockOnly } from './locks.ts'

/** DROP FUNCTION, PROCEDURE, AGGREGATE: with CASCADE, the triggers that call it go as well. */
export function dropFunction(words: string): (name: string, node: DropStmt, context: Context) => Draft[] {
  return (name, node, { world }) => {
    const form = `drop ${words}`
    const cascade = node.behavior === 'DROP_CASCADE'
    const shared: Draft = {
      form,
      names: { table: name, ...argumentTypes(name, node) },
      learn: (known) => {
        known.functions.delete(qualified(name))
        known.functionsGone.add(qualified(name))
      },
    }
    if (world.known.functions.has(qualified(name))) return [shared]
    if (world.facts?.functions?.(name).length === 0 && !world.known.doubtful)
      return [node.missing_ok === true ? shared : { ...shared, fails: `there is no ${words} ${name}` }]
    const [caller, ...others] = callers(name, world)
    return [
      {
        ...shared,
        drops: [{ kind: 'function', name }],
        breaks: [{ what: 'object', why: `the ${words} ${name} no longer exists` }],
        // What depends on a function is its triggers, views and defaults: no rows.
        ...(cascade ? { loses: `with CASCADE, whatever depends on the ${words} ${name}` } : {}),
        ...(caller !== undefined && !cascade
          ? { fails: `a trigger of ${shortName(caller)} calls ${name}` }
          : {}),
      },
      ...(cascade && caller !== undefined
        ? [caller, ...others].map((table) => lockOnly(form, shortName(table), 'ACCESS EXCLUSIVE'))
        : []),
    ]
  }
}

/** The tables whose triggers call a function. */
function callers(name: string, { facts }: World): string[] {
  const calls = ({ triggers = [] }: RelationFacts) => triggers.some((one) => one.function === qualified(name))
  return [...(facts?.relations?.() ?? [])].filter(calls).map((relation) => relation.name)
}

// Without its arguments, whichever there is of that name is meant.
function argumentTypes(name: string, { objects }: DropStmt): { columns?: readonly string[] } {
  const object = allOf(objects, 'ObjectWithArgs').find((one) => objectName({ ObjectWithArgs: one }) === name)
  if (object === undefined || object.args_unspecified === true) return {}
  return { columns: allOf(object.objargs, 'TypeName').map(({ names }) => listName(names)) }
}
