import type { MigrationState } from './types.ts'

const mostNamed = 5

/** What a target's own records say that its files do not: a sentence each, for what cannot be known because of it. */
export function remarksOf({ missing, outOfOrder, changed = [] }: MigrationState): string[] {
  return [
    ...sentence('What was applied on the target and is not on disk any more', missing),
    ...sentence('What was applied as the files that were changed since', changed),
    ...sentence(
      'Whether these do the same here as where they were made, because later ones are applied already',
      outOfOrder,
    ),
  ]
}

/** The words with the names behind them; none where there are no names. */
export function sentence(words: string, names: readonly string[]): string[] {
  if (names.length === 0) return []
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : ''
  return [`${words}: ${names.slice(0, mostNamed).join(', ')}${more}.`]
}
