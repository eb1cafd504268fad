import { expect, test } from 'vitest'
import type { Platform } from '../platform.ts'
import { startDue, type Schedule } from './schedules.ts'
import type { Transfers } from './transfers.ts'

test('starts a backup once a day, in the hour of its own time zone', async () => {
  let schedules: Schedule[] = [
    {
      uuid: 's',
      addonId: 'a',
      name: 'DATABASE_URL',
      hour: '02',
      timezone: 'America/New_York',
      lastDay: null,
    },
    { uuid: 'gone', addonId: 'gone', name: 'DATABASE_URL', hour: '02', timezone: 'UTC', lastDay: null },
  ]
  const store = {
    read: () => structuredClone(schedules),
    write: (_name: string, value: Schedule[]) => (schedules = value),
    addons: () => [{ id: 'a', state: 'provisioned' }],
  }
  const started: unknown[] = []
  const transfers = { backup: async (addon: { id: string }, uuid: string) => started.push([addon.id, uuid]) }
  const at = (time: string) =>
    startDue({ store } as unknown as Platform, transfers as unknown as Transfers, new Date(time))
  await at('2026-01-10T02:30:00Z')
  expect(started).toEqual([])
  await at('2026-01-10T07:00:00Z')
  await at('2026-01-10T07:59:59Z')
  expect(started).toEqual([['a', 's']])
  await at('2026-01-11T07:00:30Z')
  expect(started).toHaveLength(2)
})
