import type { Account } from './account.ts'
import type { Builds } from './build/builds.ts'
import type { ProcessWatch } from './build/run-command.ts'
import type { FaultSettings } from './faults.ts'
import type { Repositories } from './git/repositories.ts'
import type { HttpFaults } from './http/http-faults.ts'
import type { RateLimit } from './http/rate-limit.ts'
import type { Platform } from './platform.ts'
import type { Rendezvous } from './rendezvous/rendezvous.ts'

/** The platform with what only the control plane's own routes use. */
export interface ControlPlane extends Platform {
  readonly account: Account
  readonly builds: Builds
  readonly repositories: Repositories
  readonly faults: FaultSettings
  readonly httpFaults: HttpFaults
  readonly rateLimit: RateLimit
  readonly watch: ProcessWatch
  readonly rendezvous: Rendezvous
}
