import type { DropStmt } from 'libpg-query'
import type { TableColumn } from '../../postgres/facts.ts'
import type { World } from '../known.ts'
import type { Context, Draft } from './form.ts'
import { isThere } from './function-uses.ts'
import { isTaken, knowNamed } from './taken-names.ts'
import { loseColumns } from './lost-columns.ts'
import { columnsOf } from './types.ts'

/** DROP EXTENSION: its types and functions go, and with CASCADE the columns of its types. */
export function dropExtension(extension: string, node: DropStmt, { world }: Context): Draft[] {
  const form = 'drop extension'
  const types = [...(world.facts?.types?.() ?? [])].filter((type) => type.extension === extension)
  const columns = types.flatMap(({ name }) => columnsOf(world, name))
  const there = isTaken('extension', extension, world)
  if (there === false)
    return [
      node.missing_ok === true
        ? { form, names: { table: extension } }
        : { form, names: { table: extension }, fails: `there is no extension ${extension}` },
    ]
  const cascade = node.behavior === 'DROP_CASCADE'
  const dropped: Draft = {
    form,
    names: { table: extension },
    reversible: 'no',
    drops: [{ kind: 'extension', name: extension }],
    breaks: [
      { what: 'object', why: `the functions and types of the extension ${extension} no longer exist` },
    ],
    fails: cascade ? undefined : whyNeeded(extension, columns, world),
    learn: (known) => knowNamed(known, 'extension', extension, false),
    ...(cascade && world.facts?.types === undefined
      ? { loses: `with CASCADE, whatever depends on the extension ${extension}` }
      : {}),
  }
  return [dropped, ...(cascade ? loseColumns(form, columns, world) : [])]
}

/** Without CASCADE, Postgres refuses to drop what something else needs. */
function whyNeeded(extension: string, columns: readonly TableColumn[], world: World): string | undefined {
  if (columns.length > 0) return `a column is of a type of ${extension}`
  if (world.known.doubtful) return undefined
  const [use] = (world.facts?.usesOfExtension?.(extension) ?? []).filter((one) => isThere(one, world))
  return use && `${use.description} needs ${extension}`
}
