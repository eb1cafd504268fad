import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll } from 'vitest'
import { installOnce } from './install-once.ts'

const run = promisify(execFile)

const longestInstallation = 300_000 // milliseconds

/** A virtual environment with these packages from PyPI for all tests of a file, for frameworks that Debian has only in older versions. */
export function sharedPython(packages: readonly string[]): { readonly folder: string } {
  let folder = ''
  beforeAll(async () => {
    folder = await installPython(packages)
  }, longestInstallation)
  return {
    get folder() {
      return folder
    },
  }
}

async function installPython(packages: readonly string[]): Promise<string> {
  return installOnce('python', packages, async (directory) => {
    await run('python3', ['-m', 'venv', directory])
    const quiet = ['--quiet', '--disable-pip-version-check', '--retries', '1']
    await run(join(directory, 'bin/python'), ['-m', 'pip', 'install', ...quiet, ...packages])
  })
}
