import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { exampleDirectory, projectDirectory } from './project.ts'

/** The files of a commit: path to content, or null for a file that is deleted. */
export type Files = Readonly<Record<string, string | null>>

/**
 * `npm`: the example as it is; each build installs its packages.
 * `plain`: the same app without a package.json, on the pg package of this project: its builds take no time.
 * `django` and `alembic`: the examples of these names, on the packages of the machine's own Python.
 */
export type ExampleVariant = 'npm' | 'plain' | 'django' | 'alembic'

/** Reads the files of the example app. */
export async function readExample(variant: ExampleVariant): Promise<Record<string, string>> {
  const name = variant === 'npm' || variant === 'plain' ? 'node-postgres' : variant
  const directory = join(exampleDirectory, '..', name)
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((path) => !/node_modules|__pycache__/.test(path))
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(join(directory, path), 'utf8')]))
  return variant === 'plain' ? withoutPackages(files) : files
}

function withoutPackages(files: Record<string, string>): Record<string, string> {
  const rest = Object.fromEntries(
    Object.entries(files).filter(([path]) => !/^package(-lock)?\.json$/.test(path)),
  )
  const pg = pathToFileURL(join(projectDirectory, 'node_modules', 'pg', 'esm', 'index.mjs')).href
  return { ...rest, 'database.js': replace(rest['database.js'], `from 'pg'`, `from '${pg}'`) }
}

/** Replaces every occurrence; throws when there is none, so that a story cannot silently deploy an unchanged app. */
export function replace(text: string | null | undefined, what: string, by: string): string {
  if (!text?.includes(what)) throw new Error(`The example app no longer holds: ${what}`)
  return text.replaceAll(what, by)
}
