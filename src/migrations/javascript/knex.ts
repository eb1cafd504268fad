import { join } from 'node:path'
import { PreconditionError } from '../../errors.ts'
import { requireFolder } from '../find-folder.ts'
import { readHistory } from '../history.ts'
import { fileIn, listNames } from '../project-files.ts'
import { readSource } from '../read-source.ts'
import { notTheNewest, refused, runStages, type Stage } from '../tool-run.ts'
import type {
  ApplyOptions,
  ApplyResult,
  Framework,
  MigrationContext,
  MigrationState,
  PendingMigration,
  RunOptions,
} from '../types.ts'
import { askOr, compare, toolWithNames } from './compare.ts'
import { findSettings, foldersIn } from './code-settings.ts'
import { historySetting } from './history-setting.ts'
import { findTool, javascript } from './program.ts'
import { writtenOutIn } from './written-out.ts'

/** Knex: JavaScript with an up and a down function, known by the names of their files. */
export const knex: Framework = {
  name: 'knex',
  historyTables: async (config, directory) => {
    const table = await historyTable({ config, directory })
    return [table, `${table}_lock`]
  },
  recognise: async (directory) => (await listNames(directory)).some((name) => knexfile.test(name)),
  read: readState,
  apply,
  reverse,
}

const usual = ['migrations', 'db/migrations', 'src/migrations']
const knexfile = /^knexfile\.[cm]?[jt]s$/

const historyTable = (project: Pick<MigrationContext, 'directory' | 'config'>) =>
  historySetting(project, {
    tool: 'Knex',
    file: knexfile,
    table: 'tableName',
    schema: 'schemaName',
    usual: { table: 'knex_migrations' },
  })

async function listFiles({ directory, config }: MigrationContext) {
  const settings = await findSettings(directory, knexfile)
  const said = settings && writtenOutIn(settings.text, 'migrations', 'directory')
  const namesIn = async (folder: string) =>
    (await listNames(join(directory, folder))).filter((name) =>
      /(?<!\.d)\.([cm]?[jt]s|coffee|co|eg|iced|litcoffee|ls)$/.test(name),
    )
  const folder = await requireFolder(directory, config, {
    tool: 'Knex',
    usual,
    settings: settings && foldersIn(settings.file, said),
    holds: async (candidate) => (await namesIn(candidate)).length > 0,
  })
  return { folder, names: await namesIn(folder) }
}

const toolFor = (context: MigrationContext) => toolWithNames('Knex', () => historyTable(context), 'id')

async function readState(context: MigrationContext): Promise<MigrationState> {
  const { folder, names } = await listFiles(context)
  const applied = await askOr(context, [], toolFor(context).listApplied)
  const { pending, missing, outOfOrder } = compare(names, applied)
  const problems = missing.map((name) => `Knex refuses to run while ${name} is applied and not on disk.`)
  return {
    framework: 'knex',
    applied,
    missing,
    outOfOrder,
    pending: await Promise.all(pending.map((name) => describe(context, folder, name))),
    problems: (await isLocked(context))
      ? [
          ...problems,
          'The lock of Knex is held: another run is under way, or one died; see knex migrate:unlock.',
        ]
      : problems,
  }
}

async function isLocked(context: MigrationContext): Promise<boolean> {
  return askOr(context, false, async (client) => {
    const name = `${await historyTable(context)}_lock`
    const rows = await readHistory(client, { name, columns: ['is_locked'], order: 'is_locked' })
    return rows.some(({ is_locked: locked }) => locked === '1')
  })
}

async function describe(
  { directory }: MigrationContext,
  folder: string,
  id: string,
): Promise<PendingMigration> {
  const file = fileIn(folder, id)
  const text = (await readSource(directory, file)).toString()
  const transaction = !/\btransaction\s*:\s*false\b/.test(text)
  const available = /\bdown\b/.test(text)
  const name = id.replace(/^\d+_/, '').replace(/\.\w+$/, '')
  return {
    id,
    name,
    file,
    ...javascript,
    transaction,
    singleQuery: false,
    reverse: { available, sql: null, transaction },
  }
}

async function apply(context: MigrationContext, options: ApplyOptions = {}): Promise<ApplyResult> {
  const { pending, problems } = await readState(context)
  if (problems.length > 0) throw new PreconditionError(problems.join(' '))
  const ids = pending.slice(0, options.count).map(({ id }) => id)
  return runStages(toolFor(context), context, await stages(context, 'up', ids), options)
}

async function reverse(
  context: MigrationContext,
  ids: readonly string[],
  options: RunOptions = {},
): Promise<ApplyResult> {
  const { names } = await listFiles(context)
  const missing = ids.find((id) => !names.includes(id))
  if (missing !== undefined)
    return refused(`The file of migration ${missing} is missing, so it cannot be undone.`)
  return runStages(toolFor(context), context, await stages(context, 'down', ids), options)
}

/** Each by its name, so that Knex can take no other. */
async function stages(
  context: MigrationContext,
  direction: Stage['direction'],
  ids: readonly string[],
): Promise<Stage[]> {
  if (ids.length === 0) return []
  const { file, first } = await findTool(context, 'knex')
  // The settings that Heroku's dynos use, and not those of a developer's machine.
  const environment = { NODE_ENV: 'production', ...context.config.migrations.environment }
  return ids.map((id) => ({
    direction,
    ids: [id],
    file,
    environment,
    arguments: [...first, `migrate:${direction}`, id],
    obstacle: (applied: readonly string[]) => (direction === 'up' ? null : notTheNewest(id, applied)),
  }))
}
