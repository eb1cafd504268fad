import { join } from 'node:path'
import { isFile } from '../project-files.ts'
import { readSource, textOf } from '../read-source.ts'

type Words = Readonly<Record<string, string>>

/** What counts of a package.json here. */
export interface Package {
  /** Those of development, too. */
  readonly dependencies: Words
  readonly scripts: Words
}

/** The package.json of a folder, with a byte order mark or without; null where there is none, or it is no JSON. */
export async function readPackage(directory: string): Promise<Package | null> {
  const name = 'package.json'
  if (!(await isFile(join(directory, name)))) return null
  try {
    const found = JSON.parse(textOf(await readSource(directory, name)) ?? '') as Record<string, unknown>
    const dependencies = { ...wordsOf(found['dependencies']), ...wordsOf(found['devDependencies']) }
    return { dependencies, scripts: wordsOf(found['scripts']) }
  } catch {
    return null
  }
}

function wordsOf(value: unknown): Words {
  if (value === null || typeof value !== 'object') return {}
  return Object.fromEntries(Object.entries(value).filter(([, word]) => typeof word === 'string'))
}

/** Whether the project's package.json asks for a package. */
export async function dependsOn(directory: string, name: string): Promise<boolean> {
  return (await readPackage(directory))?.dependencies[name] !== undefined
}
