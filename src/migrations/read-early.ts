import { Readable } from 'node:stream'
import type { EarlyContext, Framework, MigrationState, PendingMigration } from './types.ts'

/** A reading under way. */
export interface Reading {
  /** The pending migrations of the state, in their order, each as soon as it is known. It ends where the reading fails. */
  readonly pending: AsyncIterable<PendingMigration>
  readonly state: Promise<MigrationState>
}

/**
 * Begins to read a project's migrations while its database is still looked for, where the framework can. Resolves when that is under way:
 * what comes next may keep this process busy.
 */
export async function readEarly(
  framework: Framework,
  context: Omit<EarlyContext, 'onStart' | 'onPending'>,
): Promise<Reading> {
  const pending = new Readable({ objectMode: true, read: () => undefined })
  const onPending = (migration: PendingMigration) => void pending.push(migration)
  let onStart = () => undefined as void
  const started = new Promise<void>((resolve) => (onStart = resolve))
  const state = read(framework, { ...context, onPending, onStart })
  const ended = state.then(
    () => undefined,
    () => undefined,
  )
  void ended.then(() => pending.push(null))
  await Promise.race([started, ended])
  return { pending, state }
}

async function read(framework: Framework, context: EarlyContext): Promise<MigrationState> {
  if (framework.readEarly !== undefined) return framework.readEarly(context)
  context.onStart()
  const state = await framework.read({ ...context, url: await context.url })
  state.pending.forEach(context.onPending)
  return state
}
