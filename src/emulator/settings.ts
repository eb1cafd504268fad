import { assumptionSettings } from './assumptions.ts'
import { durationSettings, type Setting } from './durations.ts'
import type { PlatformAssumptions, PlatformDurations } from './platform.ts'

/** Everything about the platform that can be set, by name. */
export const settings: Readonly<Record<string, Setting<unknown>>> = {
  ...durationSettings,
  ...assumptionSettings,
}

export interface GivenSettings {
  readonly durations: Partial<PlatformDurations>
  readonly assumptions: Partial<PlatformAssumptions>
}

/** Reads `name=value` texts; throws a RangeError that names what is wrong with one. A later one wins. */
export function parseSettings(texts: readonly string[]): GivenSettings {
  const given = texts.map(parseSetting)
  const among = (known: object) => Object.fromEntries(given.filter(([name]) => Object.hasOwn(known, name)))
  return { durations: among(durationSettings), assumptions: among(assumptionSettings) }
}

function parseSetting(text: string): [name: string, value: unknown] {
  const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(text) ?? []
  const setting = Object.hasOwn(settings, name) ? settings[name] : undefined
  if (setting === undefined)
    throw new RangeError(`"${text}" sets nothing: name=value, and one of ${Object.keys(settings).join(', ')}`)
  return [name, parseValue(name, value, setting.default)]
}

function parseValue(name: string, text: string, model: unknown): unknown {
  if (Array.isArray(model)) return text.split(',').map((each) => each.trim())
  if (typeof model === 'boolean') {
    if (text !== 'true' && text !== 'false') throw new RangeError(`${name} is true or false, not ${text}`)
    return text === 'true'
  }
  const number = Number(text)
  // Where 0 is the default, it stands for "none".
  if (model === 0) {
    if (!Number.isInteger(number) || number < 0)
      throw new RangeError(`${name} is a whole number from 0, not ${text}`)
    return number
  }
  if (!(number > 0 && Number.isFinite(number)))
    throw new RangeError(`${name} is a number above 0, not ${text}`)
  return number
}
