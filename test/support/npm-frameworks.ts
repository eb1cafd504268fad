import { execFile } from 'node:child_process'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installOnce } from './install-once.ts'
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

/** The frameworks from npm: the folder whose node_modules holds them. */
export async function installFrameworks(): Promise<string> {
  return installOnce('npm-frameworks', packages, async (directory) => {
    await writeFile(join(directory, 'package.json'), '{"private": true}')
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error']
    await run('npm', ['install', ...quiet, ...packages], { cwd: directory })
  })
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
