import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A project made by Rails' own generators, on Debian's gems: those that migrations need. */
export async function generateRails(directory: string): Promise<void> {
  const less = ['--minimal', '--skip-bundle', '--skip-git', '--skip-sprockets', '--skip-test']
  await run('rails', ['new', '.', '--name=shop', '--database=postgresql', ...less], { cwd: directory })
  const gems = ['railties', 'activerecord', 'pg'].map((gem) => `gem '${gem}'\n`).join('')
  await writeFile(join(directory, 'Gemfile'), `source 'https://rubygems.org'\n${gems}`)
  await run('bundle', ['install', '--local'], { cwd: directory })
}
