import { join } from 'node:path'
import { UsageError } from '../errors.ts'
import { alembic } from './alembic/alembic.ts'
import { custom } from './custom.ts'
import { dbmate } from './dbmate.ts'
import { django } from './django/django.ts'
import { isEmpty } from './find-folder.ts'
import { flyway } from './flyway/flyway.ts'
import { golangMigrate } from './golang-migrate.ts'
import { drizzle } from './javascript/drizzle.ts'
import { knex } from './javascript/knex.ts'
import { nodePgMigrate } from './javascript/node-pg-migrate.ts'
import { prisma } from './javascript/prisma.ts'
import { rails } from './rails/rails.ts'
import { namedFolder, requireNamedFolder } from './project-files.ts'
import { refuseTraces } from './traces.ts'
import type { Framework, MigrationConfig } from './types.ts'

/** Every framework that Lockkeeper knows. */
export const frameworks: readonly Framework[] = [
  custom,
  dbmate,
  django,
  alembic,
  rails,
  prisma,
  drizzle,
  knex,
  nodePgMigrate,
  golangMigrate,
  flyway,
]

/**
 * The tool that owns the project's migrations: the one that the configuration names, or the one that recognises its own files.
 * Undefined when there is none. UsageError for a name that nobody knows, where several recognise their files, and where none does in a
 * project with the settings of one.
 */
export async function findFramework(
  directory: string,
  config: MigrationConfig,
): Promise<Framework | undefined> {
  const wanted = config.migrations.framework
  if (wanted === 'none') return undefined
  await requireNamedFolder(directory, config)
  if (wanted !== undefined) return byName(wanted)
  // The user's own commands stand in the configuration: they are a choice already.
  if (await custom.recognise(directory, config)) return custom
  const recognised = await Promise.all(frameworks.map((framework) => framework.recognise(directory, config)))
  const found = frameworks.filter((_, index) => recognised[index])
  if (found.length > 1)
    throw new UsageError(
      `This project has files of several frameworks, ${found.map(({ name }) => name).join(' and ')}.`,
      { next: ['Name the one that owns the schema in lockkeeper.yml: migrations.framework'] },
    )
  if (found[0] === undefined) {
    await refuseNamed(directory, config)
    await refuseTraces(directory)
  }
  return found[0]
}

/** A folder that the user named has migrations, whosever they are. */
async function refuseNamed(directory: string, config: MigrationConfig): Promise<void> {
  const folder = namedFolder(config)
  if (folder === undefined || (await isEmpty(join(directory, folder)))) return
  throw new UsageError(
    `migrations.directory in lockkeeper.yml is ${folder}, and no tool was recognised by the files in it.`,
    { next: ['Name the tool in lockkeeper.yml: migrations.framework'] },
  )
}

function byName(name: string): Framework {
  const framework = frameworks.find((candidate) => candidate.name === name)
  if (framework !== undefined) return framework
  const known = frameworks.map((candidate) => candidate.name).join(', ')
  throw new UsageError(
    `Lockkeeper does not know the framework '${name}': migrations.framework is one of ${known}, none.`,
  )
}
