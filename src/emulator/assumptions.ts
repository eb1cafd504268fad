import type { Setting } from './durations.ts'
import type { PlatformAssumptions } from './platform.ts'

/** What Heroku does, where that is not quite certain. */
export const assumptionSettings: {
  readonly [Name in keyof PlatformAssumptions]: Setting<PlatformAssumptions[Name]>
} = {
  noOpConfigChangeReleases: {
    default: false,
    meaning: 'a config change that changes no value makes a release all the same',
    basis: 'believed',
  },
  prebootOnRestart: {
    default: true,
    meaning: 'with preboot, a restart of all web dynos overlaps as a release does',
    basis: 'believed',
  },
  prebootSwitchesToCrashed: {
    default: true,
    meaning: 'with preboot, traffic switches when the window ends although no new web dyno is up',
    basis: 'believed',
  },
  deployedBranches: {
    default: ['main', 'master'],
    meaning: 'a push to one of these branches is built; to any other it is only stored',
    basis: 'believed',
  },
  requestQuota: {
    default: 4500,
    meaning: 'requests that an account has, before 429',
    basis: 'documented',
  },
  requestRefill: {
    default: 75,
    meaning: 'requests that come back to it each minute',
    basis: 'documented',
  },
}

export const defaultAssumptions: PlatformAssumptions = Object.fromEntries(
  Object.entries(assumptionSettings).map(([name, setting]) => [name, setting.default]),
) as unknown as PlatformAssumptions
