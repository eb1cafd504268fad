import { randomInt } from 'node:crypto'

const adjectives = ['calm', 'deep', 'early', 'gentle', 'green', 'level', 'quiet', 'slow', 'steady', 'still']
const nouns = ['barge', 'basin', 'canal', 'gate', 'harbour', 'lock', 'mooring', 'river', 'sluice', 'weir']

/** What Heroku accepts as the name of an app. */
export const appNamePattern = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/

/** A name for an app whose maker gave none: steady-sluice-01234. */
export function randomAppName(): string {
  const pick = (words: readonly string[]) => words[randomInt(words.length)] ?? ''
  return `${pick(adjectives)}-${pick(nouns)}-${String(randomInt(100_000)).padStart(5, '0')}`
}
