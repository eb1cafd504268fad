import { existsSync, realpathSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { PreconditionError } from '../errors.ts'
import type { FileChanges } from '../heroku/git-changes.ts'
import { sentence } from '../migrations/remarks.ts'
import type { PendingMigration } from '../migrations/types.ts'

/** Which of the pending migrations a check is about. */
export interface Choice {
  readonly includes: (migration: PendingMigration) => boolean
  /** Those that it is about. PreconditionError where git knows none of them, so that nothing can be said of any. */
  readonly from: (pending: readonly PendingMigration[]) => readonly PendingMigration[]
  /** Sentences about those of the chosen ones that may be nobody's own, or that a database may have applied that was not asked. */
  readonly doubts: (chosen: readonly PendingMigration[], asked: boolean) => readonly string[]
}

const old =
  'Whether those are applied already that were there before and are changed; they are judged as a new database will run them'
const fileless = 'Whether those are new that have no file; they are judged in any case'

/**
 * The choice that these changes make; null chooses all. What has no file is never left out: nobody knows who added it. `directory`
 * holds the project, and `prefix` says where that is from the top of the repository. Files are the same when they lie in the same
 * place, whatever links and dots lead there.
 */
export async function choose(
  directory: string,
  prefix: string,
  changes: FileChanges | null,
): Promise<Choice> {
  if (changes === null) return { includes: () => true, from: (pending) => pending, doubts: () => [] }
  const project = await realpath(directory)
  const top = resolve(project, ...prefix.split('/').flatMap((name) => (name === '' ? [] : ['..'])))
  const added = new Set(changes.added)
  const edited = new Set(changes.edited)
  const placesOf = ({ file }: PendingMigration) => {
    const path = resolve(project, file)
    return [path, target(path)].map((place) => relative(top, place).split(sep).join('/'))
  }
  const isIn = (paths: ReadonlySet<string>, migration: PendingMigration) =>
    placesOf(migration)
      .flatMap(withFolders)
      .some((place) => paths.has(place))
  const hasFile = ({ file }: PendingMigration) => existsSync(resolve(project, file))
  const includes = (migration: PendingMigration) =>
    isIn(added, migration) || isIn(edited, migration) || !hasFile(migration)
  const isOld = (migration: PendingMigration) => isIn(edited, migration) && migration.repeatable !== true
  const isOutside = (migration: PendingMigration) =>
    placesOf(migration).every((place) => place.startsWith('../'))
  return {
    includes,
    from(pending) {
      if (pending.length > 0 && pending.every(isOutside))
        throw new PreconditionError(
          `The migrations, such as ${pending[0]?.file}, lie outside of the git repository ${top}: which of them are new is not known.`,
          { next: ['Judge all of them: lockkeeper check --offline'] },
        )
      return pending.filter(includes)
    },
    doubts: (chosen, asked) => [
      ...(asked ? [] : sentence(old, filesOf(chosen.filter(isOld)))),
      ...sentence(fileless, filesOf(chosen.filter((one) => !hasFile(one)))),
    ],
  }
}

const filesOf = (migrations: readonly PendingMigration[]) => migrations.map(({ file }) => file)

/** Where a link leads. There may be thousands of files: looking at once is over sooner. */
function target(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path
  }
}

/** A path, and the folders on the way to it: to git, a link to a folder is a file. */
function withFolders(place: string): string[] {
  const names = place.split('/')
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}
