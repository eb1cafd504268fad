import type { JudgedMigration } from './judgement.ts'
import { comparePlaces, lastUpTo, type Place } from './places.ts'

/** Where a statement of a migration is, in its file. */
export interface StatementPlace extends Place {
  readonly end: Place
}

/** Where the statements of a migration are, in their order; of what is no statement, where a finding is. */
export function statementPlaces({ effects, findings }: JudgedMigration): readonly StatementPlace[] {
  const whole = effects.map(({ statement: { location, sql } }) => ({
    ...location,
    end: endOf(location, sql),
  }))
  const statements = inOrder(whole)
  const others = findings.flatMap(({ location }) => {
    if (location === null) return []
    const around = lastUpTo(statements, location)
    const isInside = around !== undefined && comparePlaces(location, around.end) <= 0
    return isInside ? [] : [{ ...location, end: location }]
  })
  return others.length === 0 ? statements : inOrder([...statements, ...others])
}

function inOrder(places: readonly StatementPlace[]): StatementPlace[] {
  const distinct = new Map(places.map((place) => [placeKey(place), place]))
  return [...distinct.values()].sort(comparePlaces)
}

/** A place as one word. */
export function placeKey({ line, column }: Place): string {
  return `${line}:${column}`
}

function endOf({ line, column }: Place, sql: string): Place {
  const lines = sql.split('\n')
  const last = lines.at(-1) ?? ''
  return lines.length === 1
    ? { line, column: column + last.length }
    : { line: line + lines.length - 1, column: last.length + 1 }
}
