import { qualified } from '../../postgres/facts.ts'
import { descendantsOf, factsName, isKind, presentName, shortName, type World } from '../known.ts'
import type { Draft } from './form.ts'
import { relationsRead, viewsReading } from './known-views.ts'
import { dropView } from './views.ts'

/** The views that read a relation or one of its partitions, materialized or not, and are still there. */
export function readersOf(relation: string, world: World): string[] {
  const whole = [relation, ...descendantsOf(world, relation)]
  return whole.flatMap((one) => {
    const columns = world.facts?.columns?.(factsName(world, one)) ?? []
    const ofColumns = columns.flatMap(({ name }) => readersOfColumn(one, name, world))
    const ofNone = stillReading(world.facts?.relation?.(factsName(world, one))?.readBy ?? [], one, world)
    return [...new Set([...ofColumns, ...ofNone])]
  })
}

/** Those that read a column. */
export function readersOfColumn(relation: string, column: string, world: World): string[] {
  return viewsReading(world, relation, column).map(shortName)
}

function stillReading(views: readonly string[], relation: string, world: World): string[] {
  const { dropped, views: replaced } = world.known
  return views
    .map((view) => presentName(world, view))
    .filter((view) => {
      if (dropped.has(qualified(view))) return false
      const reads = () => relationsRead(view, world).map(qualified).includes(qualified(relation))
      return !replaced.has(qualified(view)) || reads()
    })
}

/** Views that are told by their names at most. */
const mostNamed = 5

/** What CASCADE takes along of views: these, and those that read them, at every depth. */
export function dropReaders(views: readonly string[], world: World): Draft[] {
  return withReaders(views, world).flatMap((view, index) => {
    const words = isKind(world, view, 'materialized view') ? 'materialized view' : 'view'
    const drafts = dropView(view, words, { world })
    if (index < mostNamed) return drafts
    const breaks = [
      { what: 'object', why: 'other views, which CASCADE takes along, no longer exist' },
    ] as const
    return drafts.map((draft) => (draft.breaks === undefined ? draft : { ...draft, breaks }))
  })
}

function withReaders(views: readonly string[], world: World): string[] {
  const found = new Set(views)
  // What is found on the way is visited as well.
  for (const view of found) for (const reader of readersOf(view, world)) found.add(reader)
  return [...found]
}
