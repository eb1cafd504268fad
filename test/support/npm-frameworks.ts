import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestContext } from './project.ts'

const run = promisify(execFile)

const packages = [
  'knex@3',
  'node-pg-migrate@8',
  'drizzle-kit@0.31',
  'drizzle-orm@0.45',
  'pg@8',
  // The last one whose migrations can run on an engine that npm has: the others load theirs from elsewhere.
  'prisma@6.19.3',
  '@prisma/adapter-pg@6.19.3',
  'husky@9',
  'lefthook@2',
]

const cache = join(import.meta.dirname, '../../.cache')

/** The frameworks from npm, installed once for each list of packages: the folder whose node_modules holds them. */
export async function installFrameworks(): Promise<string> {
  const name = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12)
  const directory = join(cache, `npm-frameworks-${name}`)
  if (await isThere(directory)) return directory
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'installing-'))
  try {
    await writeFile(join(fresh, 'package.json'), '{"private": true}')
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error']
    await run('npm', ['install', ...quiet, ...packages], { cwd: fresh })
    // Another test may have been sooner.
    await rename(fresh, directory).catch(async (error: unknown) => {
      if (!(await isThere(directory))) throw error
    })
    return directory
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Gives a project the programs and packages of the frameworks. */
export async function linkFrameworks(project: string): Promise<void> {
  await symlink(join(await installFrameworks(), 'node_modules'), join(project, 'node_modules'))
}

/** Runs a program of the frameworks in a project, on its database. Resolves to what it printed. */
export async function runTool(
  { directory, url }: TestContext,
  tool: string,
  ...words: string[]
): Promise<string> {
  const { stdout } = await run(join(directory, 'node_modules/.bin', tool), words, {
    cwd: directory,
    env: { ...process.env, DATABASE_URL: url },
  })
  return stdout
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
