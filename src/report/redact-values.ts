/**
 * A value of plain data with every text in it cleaned; what has nothing to be cleaned stays the same object. It comes before the value becomes
 * a document: the quotes and backslashes of one could make a secret unrecognisable, and what is taken out of one could take its quotes along.
 */
export function redactValues<T>(value: T, clean: (text: string) => string): T {
  const visit = (part: unknown): unknown => {
    if (typeof part === 'string') return clean(part)
    if (typeof part !== 'object' || part === null) return part
    if (Array.isArray(part)) return visitAll(part)
    // A date, or whatever else says itself how it looks in JSON.
    return 'toJSON' in part ? part : visitEach(part)
  }
  const visitAll = (parts: readonly unknown[]): readonly unknown[] => {
    const cleaned = parts.map(visit)
    return cleaned.every((one, index) => one === parts[index]) ? parts : cleaned
  }
  // Reports of thousands of findings pass here, and few values change: nothing is made for those that do not.
  const visitEach = (part: object): object => {
    let changed: [string, unknown][] | undefined
    for (const key of Object.keys(part)) {
      const inner = (part as Readonly<Record<string, unknown>>)[key]
      const cleaned = visit(inner)
      if (cleaned !== inner) (changed ??= []).push([key, cleaned])
    }
    return changed === undefined ? part : { ...part, ...Object.fromEntries(changed) }
  }
  return visit(value) as T
}
