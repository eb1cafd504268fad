/** Every way in which a command can end, in the order of the codes. The documentation page is made from this table. */
export const exitCodes = {
  done: { code: 0, meaning: 'done, or nothing to do' },
  defect: { code: 1, meaning: 'a defect of Lockkeeper itself' },
  usage: { code: 2, meaning: 'wrong usage or configuration; nothing changed' },
  unsafe: { code: 3, meaning: 'unsafe or unknown migrations; nothing changed' },
  rolledBack: {
    code: 4,
    meaning: 'the deploy failed and was rolled back; the previous release serves on the previous schema',
  },
  personNeeded: { code: 5, meaning: 'the deploy failed and a person is needed; the output says what for' },
  locked: { code: 6, meaning: 'another deploy holds the lock; nothing changed' },
  precondition: {
    code: 7,
    meaning: 'a precondition failed (credentials, unreachable API or database, dirty tree); nothing changed',
  },
} as const

export type Ending = keyof typeof exitCodes

export interface ErrorOptions {
  /** What the user can do now: complete sentences or commands, printed one to a line. */
  readonly next?: readonly string[]
  readonly cause?: unknown
}

/**
 * A failure that Lockkeeper understands. The message is a complete sentence for the user: what happened and to what.
 * Anything else that reaches the top is a defect (exit code 1).
 */
export class LockkeeperError extends Error {
  readonly ending: Ending
  readonly next: readonly string[]

  constructor(ending: Ending, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = new.target.name
    this.ending = ending
    this.next = options.next ?? []
  }

  get exitCode(): number {
    return exitCodes[this.ending].code
  }
}

/** Wrong flags, wrong configuration: exit code 2. Nothing has changed. */
export class UsageError extends LockkeeperError {
  constructor(message: string, options?: ErrorOptions) {
    super('usage', message, options)
  }
}

/** Migrations that were judged unsafe or could not be judged: exit code 3. Nothing has changed. */
export class UnsafeMigrationsError extends LockkeeperError {
  constructor(message: string, options?: ErrorOptions) {
    super('unsafe', message, options)
  }
}

/** The deploy failed and everything is as it was before: exit code 4. */
export class RolledBackError extends LockkeeperError {
  constructor(message: string, options?: ErrorOptions) {
    super('rolledBack', message, options)
  }
}

/** The deploy failed and Lockkeeper cannot mend it alone: exit code 5. `next` says exactly what to do. */
export class PersonNeededError extends LockkeeperError {
  constructor(message: string, options?: ErrorOptions) {
    super('personNeeded', message, options)
  }
}

/** Credentials, an unreachable API or database, a dirty tree: exit code 7. Nothing has changed. */
export class PreconditionError extends LockkeeperError {
  constructor(message: string, options?: ErrorOptions) {
    super('precondition', message, options)
  }
}

const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ELOOP: 'its links lead in a circle',
  ENOSPC: 'no space is left on the disk',
}

/** The code by which the operating system says what went wrong; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Why the operating system refused something, for people: 'permission denied (EACCES)'. */
export function systemReason(error: unknown): string {
  const code = systemCode(error)
  if (code === undefined) return String(error)
  const words = systemReasons[code]
  return words === undefined ? code : `${words} (${code})`
}
