import { dirname, join } from 'node:path'
import { PreconditionError } from '../../errors.ts'
import { askPython } from '../python.ts'
import type { EarlyContext, MigrationContext, MigrationState, PendingMigration } from '../types.ts'
import type * as Answer from './answer.ts'
import { findManage } from './project.ts'
import { readScript } from './read-script.ts'

/** A project's migrations, and what it takes to run them. */
export interface DjangoState extends MigrationState {
  readonly python: readonly string[]
  /** Relative to the project. */
  readonly manage: string
  /** How Django calls the target's database. */
  readonly alias: string
  /** Of each migration, those that it comes after. Replaced ones are not among them. */
  readonly parents: Readonly<Record<string, readonly string[]>>
}

/** Asks Django itself, in one process. A PreconditionError with Django's own words when it cannot start. */
export async function readDjango(context: MigrationContext | EarlyContext): Promise<DjangoState> {
  const { directory, config } = context
  const manage = await findManage(directory, config)
  if (manage === undefined) throw new PreconditionError('There is no manage.py of Django in this project.')
  const pending: PendingMigration[] = []
  // Python starts sooner without what reads its answer.
  let shapes: Promise<typeof Answer> | undefined
  const { python, answer } = await askPython(context, {
    tool: 'Django',
    script: readScript,
    request: { manage: join(directory, manage), directory },
    cwd: directory,
    homes: [join(directory, dirname(manage))],
    install: 'pip install -r requirements.txt',
    isLast: (line) => !line.startsWith('{"pending":'),
    onPart: async (line) => {
      shapes ??= import('./answer.ts')
      const migration = (await shapes).readPending(line)
      if (migration === undefined) return
      pending.push(migration)
      if ('onPending' in context) context.onPending(migration)
    },
  })
  const { readRest } = await import('./answer.ts')
  return { framework: 'django', python, manage, ...readRest(answer), outOfOrder: [], pending }
}
