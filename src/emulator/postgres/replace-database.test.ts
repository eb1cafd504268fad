import { expect, test } from 'vitest'
import { unfinishedReplacements } from './replace-database.ts'

test('after a kill: a replacement without its place takes it, one beside it is dropped, what is closed is opened', () => {
  const open = (name: string) => ({ name, closed: false })
  const closed = (name: string) => ({ name, closed: true })
  expect(unfinishedReplacements([open('postgres'), open('d1')])).toEqual([])
  expect(unfinishedReplacements([open('d1'), closed('d1_next')])).toEqual([
    'DROP DATABASE IF EXISTS "d1_next" WITH (FORCE)',
  ])
  expect(unfinishedReplacements([closed('d1'), closed('d1_next')])).toEqual([
    'ALTER DATABASE "d1" CONNECTION LIMIT -1',
    'DROP DATABASE IF EXISTS "d1_next" WITH (FORCE)',
  ])
  expect(unfinishedReplacements([closed('d1_next')])).toEqual([
    'ALTER DATABASE "d1_next" RENAME TO "d1"',
    'ALTER DATABASE "d1" CONNECTION LIMIT -1',
  ])
  expect(unfinishedReplacements([closed('d1')])).toEqual(['ALTER DATABASE "d1" CONNECTION LIMIT -1'])
})
