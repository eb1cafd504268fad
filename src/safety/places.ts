/** A place in a file, as editors count: both from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Negative when the first place is before the other one, positive when it is behind it. */
export function comparePlaces(one: Place, other: Place): number {
  return one.line - other.line || one.column - other.column
}

/** The last of the places, which rise, that is not behind this one; undefined when all are. */
export function lastUpTo<T extends Place>(places: readonly T[], place: Place): T | undefined {
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const candidate = places[middle]
    if (candidate !== undefined && comparePlaces(candidate, place) <= 0) low = middle + 1
    else high = middle
  }
  return places[low - 1]
}
