import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** The floors of the house, from the ground up. A floor imports only from itself and from those below it. */
const floors = [
  'errors.ts',
  'config',
  'postgres',
  'heroku',
  'migrations',
  'safety',
  'report',
  'hooks',
  'deploy',
  'index.ts',
]

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const files = ['src', 'tasks'].flatMap((folder) => sourcesIn(join(root, folder)))

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => relative(root, join(folder, name)))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, path]) =>
    join(dirname(file), path ?? ''),
  )
}

/** The part of src that a file belongs to: 'deploy' for src/deploy/step.ts. */
const floorOf = (file: string): string => file.split('/')[1] ?? ''

/** What only a check loads, which changes nothing, and what is loaded before everything else. */
const notAhead = ['src/deploy/check.ts', 'src/config/file.ts']

test('what is loaded where it is used is loaded before the first change of a deploy', () => {
  const loaded = (file: string) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/import\('((?!node:)[^']+)'\)/g)].map(
      ([, path = '']) => (path.startsWith('.') ? join(dirname(file), path) : path),
    )
  const ahead = new Set(loaded('src/migrations/load-ahead.ts'))
  const others = files.filter(
    (file) => file.startsWith('src/') && floorOf(file) !== 'emulator' && !notAhead.includes(file),
  )
  expect(others.flatMap(loaded).filter((path) => !ahead.has(path))).toEqual([])
})

test('every part of src is a known floor, or the emulator that stands alone', () => {
  const parts = new Set(files.filter((file) => file.startsWith('src/')).map(floorOf))
  expect([...parts].filter((part) => part !== 'emulator' && !floors.includes(part))).toEqual([])
})

describe('imports go down', () => {
  test('from tasks to src, never back', () => {
    const upward = files
      .filter((file) => file.startsWith('src/'))
      .flatMap((file) => importsOf(file).filter((to) => to.startsWith('tasks/')))
    expect(upward).toEqual([])
  })

  test('from each floor only to those below', () => {
    const upward = files
      .filter((file) => file.startsWith('src/') && floorOf(file) !== 'emulator')
      .flatMap((file) => importsOf(file).map((to) => ({ file, to })))
      .filter(({ file, to }) => floors.indexOf(floorOf(to)) > floors.indexOf(floorOf(file)))
    expect(upward).toEqual([])
  })

  test('the emulator and the rest of src do not know each other', () => {
    const across = files
      .filter((file) => file.startsWith('src/'))
      .flatMap((file) => importsOf(file).map((to) => ({ file, to })))
      .filter(({ file, to }) => (floorOf(file) === 'emulator') !== (floorOf(to) === 'emulator'))
    expect(across).toEqual([])
  })
})

test('no file imports itself by a detour, types apart', () => {
  const graph = new Map(files.map((file) => [file, valueImportsOf(file)]))
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
      return
    }
    for (const to of graph.get(file) ?? []) visit(to, [...path, file])
    graph.set(file, [])
  }
  for (const file of files) visit(file, [])
  expect(cycles).toEqual([])
})

/** Imports that exist when the program runs: those of types alone are gone by then. */
function valueImportsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/^(?:import|export) (?!type )[^']*?from '(\.[^']+)'/gm)].map(([, path]) =>
    join(dirname(file), path ?? ''),
  )
}
