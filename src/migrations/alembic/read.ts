import { join } from 'node:path'
import { PreconditionError } from '../../errors.ts'
import { askPython } from '../python.ts'
import type { MigrationContext, MigrationState, PendingMigration } from '../types.ts'
import { findAlembic, type AlembicProject } from './project.ts'
import { readScript } from './read-script.ts'

/** A project's revisions, and what it takes to run them. */
export interface AlembicState extends MigrationState {
  readonly python: readonly string[]
  readonly project: AlembicProject
  /** The table of the current heads, with its schema where env.py names one. */
  readonly table: string
  /** Each revision is committed by itself; otherwise all of a run share one transaction. */
  readonly eachInItsTransaction: boolean
  readonly parents: Readonly<Record<string, readonly string[]>>
  /** Where to go to undo one revision and no other; null when there is no such place. */
  readonly waysBack: Readonly<Record<string, string | null>>
}

/** Asks Alembic itself, in one process. `reverse` names revisions, newest first, whose ways back are wanted. */
export async function readAlembic(
  context: MigrationContext,
  reverse: readonly string[] = [],
): Promise<AlembicState> {
  const { directory, config } = context
  const project = await findAlembic(directory, config)
  if (project === undefined) throw new PreconditionError('There is no alembic.ini in this project.')
  const { python, answer } = await askPython(context, {
    tool: 'Alembic',
    script: readScript,
    request: { ...project, directory, reverse },
    cwd: join(directory, project.folder),
    homes: [join(directory, project.folder)],
    install: 'pip install -r requirements.txt',
  })
  // A framework is recognised sooner without what reads its answer.
  const { readAnswer } = await import('./answer.ts')
  const told = readAnswer(answer)
  const atOnce = config.migrate.run === 'release-phase' && !told.eachInItsTransaction
  const pending = atOnce ? joined(told.pending) : told.pending
  return { framework: 'alembic', python, project, ...told, pending, outOfOrder: [] }
}

/** Revisions as `alembic upgrade head` runs them: in one transaction, which only an autocommit block ends. */
function joined(pending: readonly PendingMigration[]): PendingMigration[] {
  return pending.map((migration, index) => {
    const joins = migration.transaction && pending[index - 1]?.transaction === true
    return joins ? { ...migration, joins } : migration
  })
}
