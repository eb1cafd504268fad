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
  retryAfter: {
    default: 0,
    meaning: 'real seconds that 429 names in Retry-After; 0: it has no such header',
    basis: 'believed',
  },
  ownedConfigVarsProtected: {
    default: true,
    meaning: 'a change of a config var that an add-on owns is refused with 422',
    basis: 'believed',
  },
  rollbackKeepsOwnedValues: {
    default: true,
    meaning: 'a rollback leaves config vars that add-ons own as they are now',
    basis: 'believed',
  },
  dynoMetadata: {
    default: true,
    meaning: 'dynos see HEROKU_APP_NAME, HEROKU_RELEASE_VERSION, HEROKU_SLUG_COMMIT and the like',
    basis: 'believed',
  },
  hangUpStatus: {
    default: 499,
    meaning: 'the status that the router logs when a client hangs up (H27)',
    basis: 'believed',
  },
  backupsKept: {
    default: 0,
    meaning: 'backups kept of each database; 0: as many as its plan keeps',
    basis: 'believed',
  },
}

export const defaultAssumptions: PlatformAssumptions = Object.fromEntries(
  Object.entries(assumptionSettings).map(([name, setting]) => [name, setting.default]),
) as unknown as PlatformAssumptions
