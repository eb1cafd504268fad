import type { Faults, PlatformFault } from './platform.ts'

export const platformFaults = [
  'push rejected',
  'build fails',
  'backup fails',
  'backup hangs',
  'restore fails',
  'restore hangs',
  'dyno boot fails',
] as const satisfies readonly PlatformFault[]

/** A fault that is set: it happens `times` more times, for ever when null; `app` null means every app. */
export interface PlatformFaultSetting {
  readonly fault: PlatformFault
  readonly app: string | null
  times: number | null
}

/** The faults of the platform with the means to set them. */
export interface FaultSettings extends Faults {
  add(setting: PlatformFaultSetting): void
  all(): readonly PlatformFaultSetting[]
  clear(): void
}

export function createFaults(): FaultSettings {
  let settings: PlatformFaultSetting[] = []
  return {
    take(fault, appName) {
      const found = settings.find(
        (each) => each.fault === fault && (each.app === null || each.app === appName),
      )
      if (found === undefined) return false
      if (found.times !== null) found.times -= 1
      settings = settings.filter((each) => each.times !== 0)
      return true
    },
    add(setting) {
      if (setting.times !== 0) settings.push({ ...setting })
    },
    all: () => settings,
    clear() {
      settings = []
    },
  }
}
