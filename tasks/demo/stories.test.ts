import { expect, test } from 'vitest'
import { readExample, replace } from './example-files.ts'
import { stories } from './stories.ts'

test('every story changes the example as it is', async () => {
  const files = await readExample('npm')
  for (const { name, change } of stories) {
    const changed = await change?.(async (path) => files[path] ?? '')
    for (const [path, content] of Object.entries(changed ?? {})) expect(content, name).not.toBe(files[path])
  }
})

test('the migrations of the stories come in the order of their versions', async () => {
  const files = await readExample('npm')
  const versions: string[] = Object.keys(files).filter((path) => path.startsWith('db/migrations/'))
  for (const { change } of stories) {
    const changed = await change?.(async (path) => files[path] ?? '')
    versions.push(...Object.keys(changed ?? {}).filter((path) => path.startsWith('db/migrations/')))
  }
  expect(versions).toEqual(versions.toSorted())
})

test('the plain variant needs no package, and is otherwise the same app', async () => {
  const [npm, plain] = [await readExample('npm'), await readExample('plain')]
  expect(Object.keys(npm)).toContain('package-lock.json')
  expect(Object.keys(plain).filter((path) => path.startsWith('package'))).toEqual([])
  expect(plain['database.js']).toMatch(/^import pg from 'file:.+pg.+'/)
  expect(plain['web.js']).toBe(npm['web.js'])
})

test('a replacement that finds nothing is refused', () => {
  expect(() => replace('a', 'b', 'c')).toThrow('no longer holds: b')
})
