import { PreconditionError } from '../../errors.ts'

/** Flyway compares versions as numbers: 1.0 and 1 are one, and 01 is 1. PreconditionError for what is none. */
export function plainVersion(version: string): string {
  if (!/^\d[\d._]*$/.test(version))
    throw new PreconditionError(
      `Flyway's history has the version ${version}, which is none: a version has digits and dots only.`,
    )
  const numbers = version.split(/[._]/).map((part) => BigInt(part === '' ? '0' : part))
  while (numbers.length > 1 && numbers.at(-1) === 0n) numbers.pop()
  return numbers.join('.')
}

/** Negative when `a` comes first. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(BigInt))
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index++) {
    const [l, r] = [left?.[index] ?? 0n, right?.[index] ?? 0n]
    if (l !== r) return l < r ? -1 : 1
  }
  return 0
}

/** The newest of some versions; null of none. */
export const newestOf = (versions: readonly string[]): string | null =>
  [...versions].sort(compareVersions).at(-1) ?? null
