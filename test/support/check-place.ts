import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runLockkeeper, type LockkeeperRun } from '../../tasks/demo/run-lockkeeper.ts'
import { withTemporaryDirectory } from '../../tasks/demo/temporary.ts'

export interface Place {
  readonly directory: string
  readonly write: (files: Readonly<Record<string, string | Uint8Array>>) => Promise<void>
  readonly check: (...args: string[]) => Promise<LockkeeperRun>
}

/** A folder, and an environment without any key. */
export const place = (directory: string): Place => ({
  directory,
  write: async (files) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true })
      await writeFile(join(directory, name), text)
    }
  },
  check: (...args) =>
    runLockkeeper(['check', ...args], {
      directory,
      environment: { PATH: process.env['PATH'] ?? '', HOME: directory },
      deadlineSeconds: 60,
    }),
})

export const withPlace = (use: (at: Place) => Promise<void>): Promise<void> =>
  withTemporaryDirectory(async (directory) => use(place(await realpath(directory))))

export const migration = (sql: string): string => `-- migrate:up\n${sql}\n-- migrate:down\n`
