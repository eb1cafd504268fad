import { duration } from './durations.ts'
import { assumedSpeed, estimateSeconds, type Sizes } from './sizes.ts'

/** How large a table is, how long work on all of it takes by which assumption, and how much is written to it: sentences, or none. */
export function sizeNote(relation: string, sizes: Sizes): string {
  const seconds = estimateSeconds(relation, sizes)
  if (seconds === null) return ''
  const megabytes = Math.round((sizes.facts?.bytes(relation) ?? 0) / 1_000_000)
  const bytes = megabytes === 0 ? 'less than 1 MB' : `${megabytes} MB`
  const time = seconds < 1 ? 'less than a second' : `about ${Math.ceil(seconds)} s`
  const size = `${relation} has ${bytes}: ${time} at ${assumedSpeed / 1_000_000} MB/s, which is assumed.`
  return [size, analyzeNote(relation, sizes), writesNote(relation, sizes)]
    .filter((part) => part !== '')
    .join(' ')
}

/** Without an analyze, the size in bytes is all that is known. */
function analyzeNote(relation: string, { facts }: Sizes): string {
  const found = facts?.relation?.(relation)
  if (!found || facts?.rows(relation) !== null) return ''
  return 'It was never analyzed: how many rows it has is not known, and it is judged by its bytes.'
}

function writesNote(relation: string, { facts }: Sizes): string {
  const rate = facts?.writesPerSecond?.(relation) ?? null
  if (rate === null) return ''
  const found = facts?.relation?.(relation)
  const since =
    found?.lastAnalyze && facts?.server ? facts.server.now.getTime() - found.lastAnalyze.getTime() : null
  const window = since === null ? '' : `, over the last ${duration(since / 1000)}`
  return rate === 0
    ? `Postgres counted no write to it${window}; whoever writes to it all the same would wait.`
    : `Postgres counted ${rate < 1 ? 'less than one write' : `about ${Math.round(rate)} writes`} per second to it${window}.`
}
