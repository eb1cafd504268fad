import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TestContext } from './project.ts'

const run = promisify(execFile)

const packages = ['knex@3', 'node-pg-migrate@8', 'drizzle-kit@0.31', 'drizzle-orm@0.45', 'pg@8']

/** Installs the frameworks from npm into a folder that projects of tests link to; `close` removes it. */
export async function installFrameworks(): Promise<{
  link(directory: string): Promise<void>
  close(): Promise<void>
}> {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-npm-'))
  await writeFile(join(directory, 'package.json'), '{"private": true}')
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error']
  await run('npm', ['install', ...quiet, ...packages], { cwd: directory })
  return {
    link: (project) => symlink(join(directory, 'node_modules'), join(project, 'node_modules')),
    close: () => rm(directory, { recursive: true, force: true }),
  }
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
