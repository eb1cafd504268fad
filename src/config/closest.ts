/** The word that was probably meant: at most a third of its letters differ. undefined when none is near. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const simple = simplify(word)
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(simple, simplify(candidate)) }))
    .sort((one, other) => one.distance - other.distance)
  const [best] = ranked
  return best && best.distance <= Math.ceil(best.candidate.length / 3) ? best.candidate : undefined
}

/** lock_timeout, lock-timeout and lockTimeout are the same word. */
function simplify(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, '')
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let line = 1; line <= one.length; line++) {
    const next = [line]
    for (let at = 1; at <= other.length; at++) {
      const change = (row[at - 1] ?? 0) + (one[line - 1] === other[at - 1] ? 0 : 1)
      next.push(Math.min(change, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
