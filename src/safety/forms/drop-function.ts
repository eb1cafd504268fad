import type { DropStmt } from 'libpg-query'
import { qualified, type FunctionUse } from '../../postgres/facts.ts'
import { allOf } from '../nodes.ts'
import { listName, objectName, typeText } from '../sql-text.ts'
import type { Context, Draft } from './form.ts'
import { dropUses, usesOf } from './function-uses.ts'

/** DROP FUNCTION, PROCEDURE, AGGREGATE: with CASCADE, what calls it goes as well: triggers, defaults, views, indexes. */
export function dropFunction(words: string): (name: string, node: DropStmt, context: Context) => Draft[] {
  return (name, node, { world }) => {
    const form = `drop ${words}`
    const cascade = node.behavior === 'DROP_CASCADE'
    const arguments_ = argumentsOf(name, node)
    const shared: Draft = {
      form,
      names: { table: name, ...(arguments_ && { columns: arguments_.map(({ name: type }) => type) }) },
      learn: (known) => {
        known.functions.delete(qualified(name))
        known.functionsGone.add(qualified(name))
      },
    }
    if (world.known.functions.has(qualified(name))) return [shared]
    if (world.facts?.functions?.(name).length === 0 && !world.known.doubtful)
      return [node.missing_ok === true ? shared : { ...shared, fails: `there is no ${words} ${name}` }]
    const uses = usesOf(
      name,
      arguments_?.map(({ text }) => text),
      world,
    )
    const [user] = (uses ?? []).filter(({ isAutomatic }) => !isAutomatic)
    const why = `the ${words} ${name} no longer exists${cascade ? alsoGone(uses ?? []) : ''}`
    return [
      {
        ...shared,
        drops: [{ kind: 'function', name }],
        breaks: [{ what: 'object', why }],
        // Without the database, CASCADE may take a generated column along.
        ...(cascade && uses === undefined
          ? { loses: `with CASCADE, whatever depends on the ${words} ${name}` }
          : {}),
        ...(user !== undefined && !cascade ? { fails: `${user.description} needs ${name}` } : {}),
      },
      ...dropUses(
        form,
        (uses ?? []).filter(({ isAutomatic }) => cascade || isAutomatic),
        world,
      ),
    ]
  }
}

/** What a message names at most. */
const mostNamed = 5

/** What goes along and has no more to say for itself. */
function alsoGone(uses: readonly FunctionUse[]): string {
  const quiet = uses.filter(({ kind }) =>
    ['check', 'trigger', 'rule', 'index', 'policy', 'other'].includes(kind),
  )
  const named = quiet.slice(0, mostNamed).map(({ description }) => description)
  const all = quiet.length > mostNamed ? [...named, 'others'] : named
  return all.length === 0 ? '' : `, and with it goes: ${all.join(', ')}`
}

interface Argument {
  /** As it is written. */
  readonly name: string
  /** As Postgres prints it. */
  readonly text: string
}

// Without its arguments, whichever there is of that name is meant.
function argumentsOf(name: string, { objects }: DropStmt): readonly Argument[] | undefined {
  const object = allOf(objects, 'ObjectWithArgs').find((one) => objectName({ ObjectWithArgs: one }) === name)
  if (object === undefined || object.args_unspecified === true) return undefined
  return allOf(object.objargs, 'TypeName').map((type) => ({
    name: listName(type.names),
    text: typeText({ ...type, typmods: [] }),
  }))
}
