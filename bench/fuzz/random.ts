/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 to below `limit`, whole. */
  below(limit: number): number
  /** One of the items, which are at least one. */
  pick<Item>(items: readonly Item[]): Item
  /** True so many times of a hundred. */
  chance(percent: number): boolean
}

/** A generator of its own for each input, so that any one of them can be made again alone. */
export function createRandom(seed: number, index: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0
  // mulberry32: small, and good enough to make nonsense with.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    pick: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('There is nothing to pick from.')
      return item
    },
    chance: (percent) => next() * 100 < percent,
  }
}
