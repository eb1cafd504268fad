import { qualified } from '../../postgres/facts.ts'
import type { Known, World } from '../known.ts'
import { anyRelation } from './presence.ts'

/** What has a name of its own and is neither a relation nor a type nor a function. */
export type NamedKind = 'schema' | 'extension' | 'role' | 'publication' | 'statistics'

/** Whether there is one of that name; undefined when only the database could tell. */
export function isTaken(kind: NamedKind, name: string, world: World): boolean | undefined {
  const { known, facts } = world
  // A statement that may not have run says of its relations what it makes or drops, and not of these.
  const others = known.doubted.size - (known.doubted.has(qualified(anyRelation)) ? 1 : 0)
  if (known.doubtful || others > 0) return undefined
  const made = known.named.get(keyOf(kind, name))
  if (made !== undefined || facts === undefined) return made
  switch (kind) {
    case 'schema':
      return facts.schema === undefined ? undefined : facts.schema(name) !== undefined
    case 'extension':
      return facts.hasExtension?.(name)
    case 'role':
      return facts.roles?.includes(name)
    case 'publication':
      return facts.publications?.includes(name)
    case 'statistics':
      return facts.statistics === undefined ? undefined : facts.statistics(name) !== null
  }
}

/** Remembers that there is one of that name from now on, or none. */
export function knowNamed(known: Known, kind: NamedKind, name: string, isThereNow: boolean): void {
  known.named.set(keyOf(kind, name), isThereNow)
}

const keyOf = (kind: NamedKind, name: string): string =>
  `${kind} ${kind === 'statistics' ? qualified(name) : name}`

/** Why Postgres makes no second one. */
export function whyThere(kind: NamedKind, name: string, world: World): string | undefined {
  if (isTaken(kind, name, world) !== true) return undefined
  return kind === 'statistics' ? `there already are statistics ${name}` : `there already is a ${kind} ${name}`
}
