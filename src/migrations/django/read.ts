import { dirname, join } from 'node:path'
import { z } from 'zod'
import { PreconditionError } from '../../errors.ts'
import { askPython } from '../python.ts'
import type { EarlyContext, MigrationContext, MigrationState, PendingMigration } from '../types.ts'
import { findManage } from './project.ts'
import { readScript } from './read-script.ts'

/** A pending migration has a line of its own, as soon as it is known. */
const part = z.object({
  pending: z
    .object({
      app: z.string(),
      name: z.string(),
      file: z.string(),
      atomic: z.boolean(),
      sql: z.string().nullable(),
      opaque: z.string().nullable(),
      reverse: z.object({ available: z.boolean(), sql: z.string().nullable() }),
    })
    .optional(),
})

const told = z.object({
  version: z.tuple([z.number(), z.number()]),
  alias: z.string(),
  applied: z.array(z.string()),
  missing: z.array(z.string()),
  problems: z.array(z.string()),
  parents: z.record(z.string(), z.array(z.string())),
})

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
  const { directory } = context
  const manage = await findManage(directory)
  if (manage === undefined) throw new PreconditionError('There is no manage.py of Django in this project.')
  const pending: PendingMigration[] = []
  const { python, answer } = await askPython(context, {
    tool: 'Django',
    script: readScript,
    request: { manage: join(directory, manage), directory },
    cwd: directory,
    homes: [join(directory, dirname(manage))],
    install: 'pip install -r requirements.txt',
    onPart: (line) => {
      const entry = part.parse(line).pending
      if (entry === undefined) return
      const migration = describe(entry)
      pending.push(migration)
      if ('onPending' in context) context.onPending(migration)
    },
  })
  const { version, alias, parents, applied, missing, problems } = told.parse(answer)
  return {
    framework: 'django',
    version,
    python,
    manage,
    alias,
    parents,
    applied,
    missing,
    problems,
    outOfOrder: [],
    pending,
  }
}

function describe(entry: NonNullable<z.output<typeof part>['pending']>): PendingMigration {
  const { app, name, file, atomic, sql, opaque, reverse } = entry
  return {
    id: `${app}.${name}`,
    name,
    file,
    sql,
    sqlLine: 1,
    transaction: atomic,
    singleQuery: false,
    generated: true,
    ...(opaque === null ? {} : { opaque }),
    reverse: { ...reverse, transaction: atomic },
  }
}
