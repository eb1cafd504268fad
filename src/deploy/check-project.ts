import type { ProjectConfig } from '../config/config.ts'
import { changesSince, stagedChanges, type FileChanges } from '../heroku/git-changes.ts'
import { repositoryPrefix } from '../heroku/repository-prefix.ts'
import { findFramework } from '../migrations/frameworks.ts'
import type { CheckReport } from '../report/check/model.ts'
import type { Redactor } from '../report/redaction.ts'
import { assess, noFramework, type CommitMessage } from './assess.ts'
import { choose } from './choose.ts'
import { headMessage } from './head-message.ts'

export interface CheckProject {
  /** The project's directory: absolute. */
  readonly directory: string
  readonly config: ProjectConfig
  /** Judge only what a branch adds or changes since it left this commit. */
  readonly since?: string | undefined
  /** Judge only what the next commit adds or changes: the folder that holds the project as that commit will. */
  readonly staged?: string | undefined
  /** The message in which [allow-unsafe-migrations] counts. Default: that of the commit that is checked out. */
  readonly message?: CommitMessage | undefined
  /** What is known to be secret; what looks like a credential is taken out without it. */
  readonly redactor?: Redactor | undefined
}

const allCount =
  'Which migrations are applied: all of them count as pending, in an empty database. ' +
  'What was there before a branch is told by --since REF, and by the database.'

/** Judges a project's migrations by their text alone. Needs no app, no API key and no database. Reads only. */
export async function checkProject(options: CheckProject): Promise<CheckReport> {
  const { config, since, staged } = options
  const directory = staged ?? options.directory
  const framework = await findFramework(directory, config)
  const state = (await framework?.read({ directory, url: null, config })) ?? null
  const prefix = (await repositoryPrefix(options.directory).catch(() => null)) ?? ''
  const changes = await changesOf(options)
  const choice = await choose(directory, prefix, changes)
  const pending = choice.from(state?.pending ?? [])
  const { report } = await assess({
    directory,
    pending,
    complete: since === undefined && staged === undefined,
    config,
    app: null,
    prefix,
    // Nothing of the last commit speaks for the next one.
    message:
      options.message ?? (staged === undefined ? await headMessage(directory).catch(() => null) : null),
    state,
    redactor: options.redactor,
    notKnown: [
      ...(framework === undefined ? [noFramework] : []),
      ...(changes === null && pending.length > 0 ? [allCount] : []),
      ...choice.doubts(pending, false),
    ],
  })
  return report
}

/** What the check is about; null for all. */
async function changesOf({ directory, since, staged }: CheckProject): Promise<FileChanges | null> {
  if (since !== undefined) return changesSince(directory, since)
  return staged === undefined ? null : stagedChanges(directory)
}
