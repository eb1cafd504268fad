import type { Dyno } from '../../heroku/dynos.ts'
import type { FormationEntry } from '../../heroku/formation.ts'
import type { Release } from '../../heroku/releases.ts'

export type DynosVerdict =
  | { readonly state: 'up' }
  | { readonly state: 'waiting'; readonly for: string }
  | { readonly state: 'crashed'; readonly dynos: readonly string[] }

/**
 * Whether every dyno that the formation promises is up on the release (or a later one of the same deploy). Old and new
 * dynos are told apart by their release; one-off and release dynos do not count.
 */
export function judgeDynos(
  dynos: readonly Dyno[],
  formation: readonly FormationEntry[],
  release: Pick<Release, 'version'>,
): DynosVerdict {
  const fresh = dynos.filter(({ releaseVersion }) => releaseVersion >= release.version)
  const scaled = formation.filter(({ type, quantity }) => quantity > 0 && type !== 'release')
  const crashed = fresh.filter(
    ({ state, type }) => state === 'crashed' && scaled.some((entry) => entry.type === type),
  )
  if (crashed.length > 0) return { state: 'crashed', dynos: crashed.map(({ name }) => name) }
  for (const { type, quantity } of scaled) {
    const up = fresh.filter(
      (dyno) => dyno.type === type && (dyno.state === 'up' || dyno.state === 'idle'),
    ).length
    if (up < quantity)
      return { state: 'waiting', for: `${type}: ${up} of ${quantity} up on v${release.version}` }
    const old = dynos.find((dyno) => dyno.type === type && dyno.releaseVersion < release.version)
    if (old !== undefined) return { state: 'waiting', for: `${old.name} of v${old.releaseVersion} to end` }
  }
  return { state: 'up' }
}

interface WaitForDynos {
  readonly list: () => Promise<readonly Dyno[]>
  readonly formation: readonly FormationEntry[]
  readonly release: Pick<Release, 'version'>
  readonly deadline: { readonly passed: boolean }
  readonly pause: () => Promise<void>
  /** Called at each look; throws to end the wait. */
  readonly onLook?: () => Promise<void>
}

/** Looks until the dynos are up, one crashed in two looks on end, or the deadline has passed. */
export async function waitForDynos(options: WaitForDynos): Promise<DynosVerdict> {
  let crashedBefore = false
  for (;;) {
    const dynos = await options.list()
    await options.onLook?.()
    const verdict = judgeDynos(dynos, options.formation, options.release)
    if (verdict.state === 'up' || (verdict.state === 'crashed' && crashedBefore) || options.deadline.passed)
      return verdict
    crashedBefore = verdict.state === 'crashed'
    await options.pause()
  }
}
