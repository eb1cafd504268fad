/** Each unit is used from two of it on. */
const units: readonly (readonly [string, number])[] = [
  ['days', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
]

/** '90 s', '12 min', '3 h', '4 days'. */
export function duration(seconds: number): string {
  const [unit, size] = units.find((candidate) => seconds >= 2 * candidate[1]) ?? ['s', 1]
  return `${Math.round(seconds / size)} ${unit}`
}
