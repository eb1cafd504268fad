import type {
  Clock,
  Faults,
  Logs,
  Operations,
  PlatformAssumptions,
  PlatformDurations,
  Store,
} from '../platform.ts'
import type { Reaper } from './reaper.ts'

/** What the runtime needs from the rest of the emulator. */
export interface RuntimeParts {
  readonly store: Store
  readonly clock: Clock
  readonly durations: PlatformDurations
  readonly assumptions: PlatformAssumptions
  readonly logs: Logs
  readonly operations: Operations
  readonly faults: Faults
  /** Started and closed by whoever starts the emulator. */
  readonly reaper: Reaper
  /** How a router picks a dyno. Heroku's way is the default, random. */
  readonly spread?: 'random' | 'round-robin'
}
