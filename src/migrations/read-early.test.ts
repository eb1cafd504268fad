import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { projectContext, withProject } from '../../test/support/project.ts'
import { django } from './django/django.ts'
import { readEarly, type Reading } from './read-early.ts'

const nowhere = 'postgres://user:hush@127.0.0.1:1/database'

/** Takes its script, says that it is there, and then waits for its request. */
const python =
  '#!/bin/sh\nread -r script; echo $$ > pid; read -r message; echo "$message" > message; exec sleep 60\n'

interface Early {
  readonly reading: Reading
  readonly pid: number
  readonly message: () => Promise<string>
  readonly url: { readonly tell: (url: string) => void; readonly fail: (error: Error) => void }
  readonly stop: () => void
}

/** A reading whose process has started, and whose database is not known yet. */
function withEarly(use: (early: Early) => Promise<void>): Promise<void> {
  const files = { 'manage.py': 'execute_from_command_line', python }
  return withProject(files, async (directory) => {
    await chmod(join(directory, 'python'), 0o755)
    const { config } = projectContext(directory, nowhere, { command: join(directory, 'python') })
    const stopping = new AbortController()
    const url = { tell: (_: string): void => undefined, fail: (_: Error): void => undefined }
    const promise = new Promise<string>((resolve, reject) =>
      Object.assign(url, { tell: resolve, fail: reject }),
    )
    const reading = await readEarly(django, { directory, config, url: promise, signal: stopping.signal })
    const read = (name: string) => readFile(join(directory, name), 'utf8').catch(() => '')
    const pid = await vi.waitUntil(async () => Number(await read('pid')), 10_000)
    await use({ reading, pid, url, message: () => read('message'), stop: () => stopping.abort() })
  })
}

const ended = (pid: number) => vi.waitUntil(() => !isAlive(pid), 10_000)

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the process is there before its database is known, and is told of it then', async () => {
  await withEarly(async ({ url, message, stop }) => {
    expect(await message()).toBe('')
    url.tell(nowhere)
    const told = await vi.waitUntil(async () => /\{.*\}/.exec(await message())?.[0], 10_000)
    expect(JSON.parse(told)).toMatchObject({
      request: { url: 'postgres://127.0.0.1:1/database' },
      environment: { DATABASE_URL: nowhere },
    })
    stop()
  })
})

test('a database that is not found ends it, and is what is told', async () => {
  await withEarly(async ({ reading, pid, url }) => {
    url.fail(new Error('There is no such app.'))
    await expect(reading.state).rejects.toThrow('There is no such app.')
    await ended(pid)
    for await (const migration of reading.pending) expect.unreachable(migration.id)
  })
})

test('who needs its answer no longer ends it', async () => {
  await withEarly(async ({ reading, pid, stop }) => {
    stop()
    await ended(pid)
    await expect(reading.state).rejects.toThrow('Django was stopped before it answered.')
  })
})
