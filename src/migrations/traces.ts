import { dirname, join, posix } from 'node:path'
import { UsageError } from '../errors.ts'
import { nameTool } from './next-steps.ts'
import { fileIn, isFile, listFolders, listNames, listOwnFolders } from './project-files.ts'
import { readSource, textOf } from './read-source.ts'

/** A file that shows that a tool owns migrations which were not found. */
interface Trace {
  readonly tool: string
  /** The name of the file, in one of the folders. */
  readonly name: RegExp
  /** Default: the top of the project and the folders in it. */
  readonly folders?: readonly string[]
  /** What has to stand in it; anything when absent. */
  readonly text?: RegExp
}

const top = ['.']

const traces: readonly Trace[] = [
  { tool: 'knex', name: /^knexfile\.[cm]?[jt]s$/ },
  { tool: 'drizzle', name: /^drizzle[\w.-]*\.config\.([cm]?[jt]s|json)$/ },
  { tool: 'prisma', name: /^prisma\.config\.[cm]?[jt]s$|^schema\.prisma$/ },
  { tool: 'prisma', name: /\.prisma$/, folders: ['prisma/schema'] },
  { tool: 'dbmate', name: /^\.env$/, folders: top, text: /^\s*(export\s+)?DBMATE_MIGRATIONS_DIR\s*=/m },
  { tool: 'dbmate', name: /^schema\.sql$/, text: /^-- Dbmate schema migrations/m },
  { tool: 'rails', name: /^database\.yml$/, folders: ['config'], text: /^\s*migrations_paths:/m },
  { tool: 'rails', name: /^schema\.rb$/, folders: ['db'], text: /ActiveRecord::Schema/ },
  { tool: 'alembic', name: /^alembic\.ini$/ },
  { tool: 'flyway', name: /^flyway(\.user)?\.(conf|toml)$/ },
  { tool: 'flyway', name: /^(pom\.xml|build\.gradle(\.kts)?)$/, text: /\bflyway\b/i },
  { tool: 'golang-migrate', name: /^go\.mod$/, text: /\bgolang-migrate\/migrate\b/ },
]

/** UsageError where a project whose migrations nobody recognised shows that it has some: they would count as none. */
export async function refuseTraces(directory: string): Promise<void> {
  const found = (await findTraces(directory)) ?? (await tracesOfNpm(directory))
  if (found === undefined) return
  throw new UsageError(`No migrations were found in this project, and ${found}.`, {
    next: nameTool,
  })
}

async function findTraces(directory: string): Promise<string | undefined> {
  const inside = await listOwnFolders(directory)
  for (const { tool, name, folders = [...top, ...inside], text } of traces) {
    for (const folder of folders) {
      for (const fileName of await listNames(join(directory, folder))) {
        const file = fileIn(folder, fileName)
        if (name.test(fileName) && (text === undefined || (await textIn(directory, file)).match(text)))
          return `${file} belongs to ${tool}`
      }
    }
  }
  return undefined
}

async function textIn(directory: string, file: string): Promise<string> {
  return (await isFile(join(directory, file))) ? (textOf(await readSource(directory, file)) ?? '') : ''
}

/** Packages whose programs run migrations that their files alone do not give away. */
const packages = /"(node-pg-migrate)"\s*:/

/** What a package.json asks for that cannot be read, or that stands above a folder of migrations in the same repository. */
async function tracesOfNpm(directory: string): Promise<string | undefined> {
  const own = await textIn(directory, 'package.json')
  if (own !== '' && !isJson(own)) return 'package.json is no JSON: which tools it asks for is not known'
  const hasFolder = (
    await Promise.all(['migrations', 'db/migrations'].map((name) => listNames(join(directory, name))))
  ).some((names) => names.some((name) => /^\d.*\.([cm]?[jt]s|sql)$/.test(name)))
  if (!hasFolder) return undefined
  let up = '.'
  for (let folder = directory; folder !== dirname(folder) && !(await isTop(folder));) {
    folder = dirname(folder)
    up = posix.join(up, '..')
    const [, tool] = packages.exec(await textIn(folder, 'package.json')) ?? []
    if (tool !== undefined) return `${posix.join(up, 'package.json')} asks for ${tool}`
  }
  return undefined
}

const isTop = async (folder: string): Promise<boolean> =>
  (await listFolders(folder)).includes('.git') || (await listNames(folder)).includes('.git')

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
