import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'vite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Attachment } from './model.ts'
import { openStore } from './store.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'store-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function attachment(id: string, name: string): Attachment {
  return { id, name, addonId: 'addon', appId: 'app', createdAt: '2026-01-01T00:00:00Z' }
}

test('documents come back in the order of their first save', () => {
  const store = openStore(directory)
  for (const id of ['z', 'a', 'm']) store.saveAttachment(attachment(id, id))
  store.saveAttachment(attachment('z', 'again'))
  store.removeAttachment(attachment('a', 'a'))
  store.write('schedules', { daily: true })
  const reopened = openStore(directory)
  expect(reopened.attachments().map(({ name }) => name)).toEqual(['again', 'm'])
  expect(reopened.read('schedules')).toEqual({ daily: true })
  expect(reopened.read('nothing')).toBeUndefined()
})

test('what a killed writer left half-written is passed over and cleared', () => {
  openStore(directory).saveAttachment(attachment('one', 'ONE'))
  writeFileSync(path.join(directory, 'attachments', 'two.json.unfinished'), '{"order": 2, "docu')
  expect(openStore(directory).attachments()).toHaveLength(1)
  expect(readdirSync(path.join(directory, 'attachments'))).toEqual(['one.json'])
})

/** Saves for ever, and tells the number of each save once it has returned. */
const writer = `
import { openStore } from './store.mjs'
const store = openStore(process.argv[2])
const filler = 'x'.repeat(50_000)
for (let number = 1; ; number++) {
  store.saveAttachment({ id: 'one', name: String(number), filler })
  process.stdout.write(number + '\\n')
}
`

test('a saved document survives kill -9 of a process that saves all the time', async () => {
  const program = path.join(directory, 'program')
  await build({
    logLevel: 'silent',
    configFile: false,
    build: {
      ssr: path.join(import.meta.dirname, 'store.ts'),
      outDir: program,
      rollupOptions: { output: { entryFileNames: 'store.mjs' } },
    },
  })
  writeFileSync(path.join(program, 'writer.mjs'), writer)
  for (let round = 0; round < 5; round++) {
    const state = path.join(directory, `state-${round}`)
    const child = spawn(process.execPath, [path.join(program, 'writer.mjs'), state])
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    while (output.length < 200 + round * 37) await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'close')
    const acknowledged = Number(output.split('\n').at(-2))
    const [found] = openStore(state).attachments()
    expect(Number(found?.name)).toBeGreaterThanOrEqual(acknowledged)
    expect(found).toHaveProperty('filler', 'x'.repeat(50_000))
  }
})
