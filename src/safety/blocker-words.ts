import type { Blocker } from '../postgres/blockers.ts'
import { duration } from './durations.ts'

/** Who is in the way, since when, with what: complete sentences for the terminal and for reports. */
export function describeBlocker(blocker: Blocker, now: Date): string {
  const { what, query, tables } = blocker
  const lock = tables.length === 0 ? 'has an old snapshot' : `has a lock on ${tables.join(', ')}`
  const said = query === '' ? '' : ` Its query: ${query}.`
  return `${names[what](blocker)} ${lock}, ${since(blocker, now)} (seen at ${time(now)}).${said}${endings[what](blocker)}`
}

const names: Readonly<Record<Blocker['what'], (blocker: Blocker) => string>> = {
  session: (blocker) => `The session ${sessionName(blocker)}`,
  dump: (blocker) => `A dump, the session ${sessionName(blocker)},`,
  'vacuum against wraparound': ({ pid }) => `A vacuum against wraparound, pid ${String(pid)},`,
  'prepared transaction': ({ applicationName }) => `The prepared transaction '${applicationName}'`,
}

function sessionName({ pid, applicationName, state }: Blocker): string {
  const details = [applicationName === '' ? 'unnamed' : applicationName, ...(state === '' ? [] : [state])]
  return `pid ${String(pid)} (${details.join(', ')})`
}

const endings: Readonly<Record<Blocker['what'], (blocker: Blocker) => string>> = {
  session: () => '',
  dump: () => '',
  'vacuum against wraparound': () => ' It does not give way to others.',
  'prepared transaction': ({ applicationName }) =>
    ` No session has to be there for it, and no restart ends it: COMMIT PREPARED or ROLLBACK PREPARED '${applicationName}' does.`,
}

function since({ age }: Blocker, now: Date): string {
  if (age === null) return 'since when, the role of the connection may not see'
  return `in a transaction that began ${duration(age)} ago, at ${time(new Date(now.getTime() - age * 1000))}`
}

/** To the second, in UTC. */
const time = (date: Date): string => `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
