import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installOnce } from './install-once.ts'

const run = promisify(execFile)

/** The folder of a virtual environment with these packages from PyPI, for frameworks that Debian has only in older versions. */
export async function installPython(packages: readonly string[]): Promise<string> {
  return installOnce('python', packages, async (directory) => {
    await run('python3', ['-m', 'venv', directory])
    const quiet = ['--quiet', '--disable-pip-version-check', '--retries', '1']
    await run(join(directory, 'bin/python'), ['-m', 'pip', 'install', ...quiet, ...packages])
  })
}
