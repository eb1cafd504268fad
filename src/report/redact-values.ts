/**
 * A value of plain data with every text in it cleaned. It comes before the value becomes a document: the quotes and backslashes of one could
 * make a secret unrecognisable, and what is taken out of one could take its quotes along.
 */
export function redactValues<T>(value: T, clean: (text: string) => string): T {
  const visit = (part: unknown): unknown => {
    if (typeof part === 'string') return clean(part)
    if (Array.isArray(part)) return part.map(visit)
    // A date, or whatever else says itself how it looks in JSON.
    if (typeof part !== 'object' || part === null || 'toJSON' in part) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, visit(inner)]))
  }
  return visit(value) as T
}
