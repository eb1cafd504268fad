import { join } from 'node:path'
import { PreconditionError } from '../../errors.ts'
import { askPython } from '../python.ts'
import type { MigrationContext, MigrationState } from '../types.ts'
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
  return { framework: 'alembic', python, project, ...readAnswer(answer), outOfOrder: [] }
}
