import path from 'node:path'
import { openAccount } from './account.ts'
import { createBuilds } from './build/builds.ts'
import type { ProcessWatch } from './build/run-command.ts'
import type { ControlPlane } from './control-plane.ts'
import type { FaultSettings } from './faults.ts'
import { createRepositories } from './git/repositories.ts'
import { createHttpFaults } from './http/http-faults.ts'
import { createRateLimit } from './http/rate-limit.ts'
import type { Platform } from './platform.ts'
import { createReleases } from './releases/releases.ts'
import { createRendezvous } from './rendezvous/rendezvous.ts'
import { createStreams } from './streams.ts'

/** What a platform is made of. The runtime and the databases are parts, so that tests can put others in their place. */
export type PlatformParts = Pick<
  Platform,
  | 'token'
  | 'baseUrl'
  | 'clock'
  | 'durations'
  | 'assumptions'
  | 'store'
  | 'logs'
  | 'operations'
  | 'runtime'
  | 'databases'
> & {
  readonly faults: FaultSettings
  readonly watch: ProcessWatch
}

/** Joins the parts; nothing starts here. */
export function createPlatform(parts: PlatformParts): ControlPlane {
  const { store, clock } = parts
  const streams = createStreams(path.join(store.directory, 'streams'))
  const account = openAccount(store)
  const releases = createReleases({ ...parts, streams, account })
  return {
    ...parts,
    streams,
    account,
    releases,
    builds: createBuilds({ ...parts, streams, releases }),
    repositories: createRepositories(path.join(store.directory, 'git')),
    httpFaults: createHttpFaults(),
    rateLimit: createRateLimit(clock, parts.assumptions),
    rendezvous: createRendezvous(),
  }
}
