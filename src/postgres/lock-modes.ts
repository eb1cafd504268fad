/** Postgres' table-level lock modes, weakest first. */
export const lockModes = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const

export type LockMode = (typeof lockModes)[number]

/** The modes that each mode has to wait for. */
const conflicts: Readonly<Record<LockMode, readonly LockMode[]>> = {
  'ACCESS SHARE': lockModes.slice(7),
  'ROW SHARE': lockModes.slice(6),
  'ROW EXCLUSIVE': lockModes.slice(4),
  'SHARE UPDATE EXCLUSIVE': lockModes.slice(3),
  SHARE: lockModes.slice(2).filter((mode) => mode !== 'SHARE'),
  'SHARE ROW EXCLUSIVE': lockModes.slice(2),
  EXCLUSIVE: lockModes.slice(1),
  'ACCESS EXCLUSIVE': lockModes,
}

/** Whether who asks for one mode waits for who has the other, or the other way round. */
export function conflict(one: LockMode, other: LockMode): boolean {
  return conflicts[one].includes(other)
}

/** The mode that pg_locks calls 'AccessExclusiveLock'. */
export function lockModeOf(name: string): LockMode | undefined {
  const words = name
    .replace(/Lock$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()
  return lockModes.find((mode) => mode === words)
}
