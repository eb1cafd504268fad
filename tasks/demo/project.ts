import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of this project: found from the sources as well as from what was compiled of them. */
export const projectDirectory = findProject(import.meta.dirname)

/** What `lockkeeper` on a user's PATH would be. */
export const lockkeeperCommand = join(projectDirectory, 'bin', 'lockkeeper.js')

export const exampleDirectory = join(projectDirectory, 'examples', 'node-postgres')

function findProject(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory
  const parent = dirname(directory)
  if (parent === directory) throw new Error('No package.json above this file.')
  return findProject(parent)
}
