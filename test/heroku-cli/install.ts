import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The version that the checks were written against. */
export const herokuVersion = '11.10.0'

/**
 * The directory with the `heroku` command of Heroku's package from npm, which is some 400 MB: it is installed once, into the user's
 * cache, and never half: a directory that is there is whole.
 */
export async function installHeroku(say: (text: string) => void): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache')
  const parent = path.join(cache, 'lockkeeper', 'heroku-cli')
  const directory = path.join(parent, herokuVersion)
  if (!existsSync(directory)) {
    say(`Installing heroku@${herokuVersion} from npm into ${directory} ...`)
    await install(parent, directory)
  }
  return path.join(directory, 'node_modules', '.bin')
}

async function install(parent: string, directory: string): Promise<void> {
  await mkdir(parent, { recursive: true })
  const unfinished = await mkdtemp(path.join(parent, 'unfinished-'))
  try {
    await writeFile(path.join(unfinished, 'package.json'), '{ "private": true }\n')
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    await execute('npm', ['install', ...options, `heroku@${herokuVersion}`], { cwd: unfinished })
    await rename(unfinished, directory).catch((error: unknown) => {
      // Another run was quicker.
      if (!existsSync(directory)) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}
