import { findColumn, partKey, type World } from '../known.ts'

/** What beside a view needs a column as it is: 'the trigger t'. Undefined where nothing is known to. */
export function neederOf(world: World, table: string, column: string): string | undefined {
  const { attached, policies, doubtful } = world.known
  if (doubtful) return undefined
  const needer = findColumn(world, table, column)?.neededBy?.find(({ kind, name }) => {
    if (kind === 'publication') return !attached.has(`publication ${name}`)
    if (kind === 'policy') return !policies.has(partKey(table, name))
    return !attached.has(`trigger ${partKey(table, name)}`)
  })
  return needer && `the ${needer.kind} ${needer.name}`
}
