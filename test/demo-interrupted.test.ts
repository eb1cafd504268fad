import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { lockkeeperCommand } from '../tasks/demo/project.ts'
import { waitUntil } from '../tasks/demo/platform.ts'
import { withTemporaryDirectory } from '../tasks/demo/temporary.ts'
import { listProcesses } from './support/processes.ts'

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the demo, and leaves no process and no file',
  async (signal) => {
    await withTemporaryDirectory(async (directory) => {
      // Open to Postgres, which does not run as root.
      await chmod(directory, 0o755)
      const env = { ...process.env, TMPDIR: directory }
      const demo = spawn(process.execPath, [lockkeeperCommand, 'demo'], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const exited = once(demo, 'exit')
      let output = ''
      demo.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      demo.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
      try {
        await waitUntil('the first deploy has begun', 60_000, () => output.includes('Push the code'))
        demo.kill(signal)
        expect(await exited, output).toEqual([130, null])
      } finally {
        demo.kill('SIGKILL')
      }
      expect(await readdir(directory)).toEqual([])
      const left = (await listProcesses()).filter(
        ({ environment, commandLine }) =>
          environment.includes(`TMPDIR=${directory}`) || commandLine.includes(directory),
      )
      expect(left.map(({ commandLine }) => commandLine)).toEqual([])
    })
  },
)
