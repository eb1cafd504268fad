import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import type { ProjectConfig } from '../config/config.ts'
import { repositoryPrefix } from '../heroku/repository-prefix.ts'
import { readLooseFiles } from '../migrations/loose-files.ts'
import type { PendingMigration } from '../migrations/types.ts'
import type { CheckReport } from '../report/check/model.ts'
import type { Redactor } from '../report/redaction.ts'
import { loadParser } from '../safety/parse.ts'
import { ahead } from './ahead.ts'
import { assess, type CommitMessage } from './assess.ts'

export interface CheckFiles {
  /** What the paths start from, and where the project is: absolute. */
  readonly directory: string
  readonly config: ProjectConfig
  /** Files, folders, or '-' for standard input. */
  readonly paths: readonly string[]
  readonly readStandardInput: () => Promise<Uint8Array>
  /** Whether the tool that runs the files wraps each in one transaction. */
  readonly inTransaction: boolean
  readonly message?: CommitMessage | undefined
  /** What is known to be secret; what looks like a credential is taken out without it. */
  readonly redactor?: Redactor | undefined
}

/** Judges files with SQL, as a linter does. Needs no project, no app and no database. Reads only. */
export async function checkFiles(options: CheckFiles): Promise<CheckReport> {
  const { directory, config, message, inTransaction } = options
  // The parser is loaded while the folders are searched.
  void ahead(loadParser())
  const prefix = await repositoryPrefix(directory).catch(() => null)
  const paths = await Promise.all(options.paths.map((path) => fromDirectory(path, directory, prefix)))
  const { pending, texts, empty } = await readLooseFiles({ ...options, paths })
  const { report } = await assess({
    directory,
    pending,
    complete: false,
    config,
    app: null,
    prefix: prefix ?? '',
    message: message ?? null,
    state: null,
    notKnown: [
      ...empty.map((folder) => `What ${folder} holds: there is no .sql file in it.`),
      ...(pending.some(mayBeWrapped(inTransaction)) ? [wrapping] : []),
    ],
    texts,
    redactor: options.redactor,
  })
  return report
}

/** An absolute path into the repository as it is from the directory: who reads the report may have another copy of it. */
async function fromDirectory(path: string, directory: string, prefix: string | null): Promise<string> {
  if (!isAbsolute(path) || prefix === null) return path
  const start = await realpath(directory)
  const real = join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path))
  const isInside = !relative(resolve(start, relative(prefix, '')), real).startsWith('..')
  return isInside ? relative(start, real) || '.' : path
}

const wrapping =
  'Whether a tool runs each file in one transaction: taken as not, except for BEGIN and COMMIT in it; --in-transaction says so.'

const mayBeWrapped =
  (inTransaction: boolean) =>
  ({ singleQuery, sql }: PendingMigration): boolean =>
    !inTransaction && !singleQuery && sql !== null
