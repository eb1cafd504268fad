import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createStreams } from './streams.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'streams-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('followers get what comes later, and the end once', async () => {
  const streams = createStreams(directory)
  const stream = streams.create()
  stream.write('before ')
  let text = ''
  let ends = 0
  stream.follow(
    (chunk) => (text += chunk.toString()),
    () => ends++,
  )
  stream.write('after')
  stream.end()
  stream.end()
  stream.write('too late')
  expect({ text, ends }).toEqual({ text: 'after', ends: 1 })
  expect(stream.content().toString()).toBe('before after')
  await new Promise<void>((resolve) => streams.open(stream.id)?.follow(() => undefined, resolve))
})

test('a stream of a former process has ended', () => {
  const { id } = createStreams(directory).create('promised-id')
  const found = createStreams(directory).open(id)
  expect(found?.ended).toBe(true)
  expect(createStreams(directory).open('unknown')).toBeUndefined()
  expect(createStreams(directory).open('../streams.test')).toBeUndefined()
})
