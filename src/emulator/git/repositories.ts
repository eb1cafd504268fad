import { execFile } from 'node:child_process'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { minimalEnvironment } from '../build/environment.ts'
import { gitIsolation } from '../build/source.ts'
import type { App } from '../model.ts'
import { preReceiveHook } from './pre-receive-hook.ts'

const execute = promisify(execFile)

/** The bare repositories of the apps, under one directory, by the id of the app. */
export interface Repositories {
  readonly directory: string
  /** The directory of the app's repository, made on first use. */
  open(app: App): Promise<string>
  /** The commit of a ref; undefined when there is no such ref. */
  read(app: App, ref: string): Promise<string | undefined>
  remove(app: App): Promise<void>
}

export function createRepositories(directory: string): Repositories {
  const opening = new Map<string, Promise<string>>()
  const of = (app: App) => path.join(directory, `${app.id}.git`)
  return {
    directory,
    open(app) {
      const found = opening.get(app.id) ?? make(of(app))
      opening.set(app.id, found)
      found.catch(() => opening.delete(app.id))
      return found
    },
    async read(app, ref) {
      const { stdout } = await git('--git-dir', of(app), 'for-each-ref', '--format=%(objectname)', ref)
      return stdout.trim() === '' ? undefined : stdout.trim()
    },
    async remove(app) {
      opening.delete(app.id)
      await rm(of(app), { recursive: true, force: true })
    },
  }
}

async function make(repository: string): Promise<string> {
  const exists = await stat(repository).then(
    () => true,
    () => false,
  )
  if (!exists) {
    const unfinished = `${repository}.unfinished`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    await git('init', '--quiet', '--bare', '--initial-branch=main', unfinished)
    await rename(unfinished, repository)
  }
  // Written each time: an older emulator may have left an older hook.
  await mkdir(path.join(repository, 'hooks'), { recursive: true })
  await writeFile(path.join(repository, 'hooks', 'pre-receive'), preReceiveHook.shell, { mode: 0o755 })
  await writeFile(path.join(repository, 'hooks', preReceiveHook.programName), preReceiveHook.program)
  return repository
}

async function git(...args: string[]) {
  return await execute('git', args, { env: { ...minimalEnvironment(), ...gitIsolation } })
}
