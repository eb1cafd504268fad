import { UsageError } from '../errors.ts'

/** Environment variables, given and never read from the process here. */
export type Environment = Readonly<Record<string, string | undefined>>

const yes = new Set(['true', '1', 'yes', 'on'])
const no = new Set(['false', '0', 'no', 'off', ''])

/** A variable that is a yes or a no; unset is undefined. UsageError for anything else, which would be guessed wrong. */
export function readBoolean(environment: Environment, name: string): boolean | undefined {
  const value = environment[name]?.trim().toLowerCase()
  if (value === undefined) return undefined
  if (yes.has(value)) return true
  if (no.has(value)) return false
  throw new UsageError(`${name} is "${value}": it is either true or false.`)
}

/** How much faster than Heroku the platform runs: 1 for Heroku itself, less for an emulator in a hurry. */
export function readTimeScale(environment: Environment): number {
  const value = environment['LOCKKEEPER_TIME_SCALE']
  if (value === undefined || value.trim() === '') return 1
  const scale = Number(value)
  if (!(scale > 0 && scale <= 1)) {
    throw new UsageError(`LOCKKEEPER_TIME_SCALE is "${value}": it is a number above 0 and at most 1.`)
  }
  return scale
}
