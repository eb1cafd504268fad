import { expect, test } from 'vitest'
import { configurationReference } from './reference.ts'

const entries = configurationReference()
const find = (key: string) => entries.find((entry) => entry.key === key)

test('every key is described', () => {
  expect(entries.filter(({ description }) => description === '')).toEqual([])
  expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length)
  expect(entries.length).toBeGreaterThan(30)
})

test('types and defaults are those of the file', () => {
  expect(find('migrate.lockTimeout')).toMatchObject({ type: 'number', default: '2' })
  expect(find('migrate.run')).toMatchObject({ type: 'before-push | release-phase', default: '"before-push"' })
  expect(find('watch.health[].path')).toMatchObject({ type: 'string', default: '"/"' })
  expect(find('watch.routerErrors.ignore')).toMatchObject({
    type: 'list of string',
    default: '["H80","H27"]',
  })
  expect(find('quiesce.processTypes')).toMatchObject({ type: 'all | list of string', default: '"all"' })
  expect(find('app')).toMatchObject({ default: '', required: false })
  expect(find('check.allow[].until')).toMatchObject({ required: true })
  expect(find('watch.health[].json.path')).toMatchObject({ required: true })
})
