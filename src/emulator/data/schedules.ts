import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { notFound } from '../http/errors.ts'
import type { Platform } from '../platform.ts'
import { requireDatabase, type DatabaseRoute } from './require-database.ts'
import type { Transfers } from './transfers.ts'

/** A daily backup: in the hour `hour` (two digits) of its time zone. */
export interface Schedule {
  readonly uuid: string
  readonly addonId: string
  readonly name: string
  readonly hour: string
  readonly timezone: string
  /** The day of the last one in that zone, 2026-01-31; null before the first. */
  lastDay: string | null
}

const document = 'transfer-schedules'
/** How often the clock is read, milliseconds. */
const interval = 60_000

const createBody = z.object({
  hour: z.string().regex(/^([01]\d|2[0-3])$/, 'an hour has two digits, 00 to 23'),
  timezone: z.string().refine(isTimezone, 'no such time zone'),
  schedule_name: z.string(),
})

/** Schedules of daily backups: create, list, delete; and the clock that starts them. */
export function registerSchedules(server: FastifyInstance, platform: Platform, transfers: Transfers): void {
  const { store } = platform
  const read = () => store.read<Schedule[]>(document) ?? []
  const path = '/client/v11/databases/:db/transfer-schedules'

  server.get<DatabaseRoute>(path, async ({ params }) => {
    const addon = requireDatabase(store, params.db)
    return read()
      .filter(({ addonId }) => addonId === addon.id)
      .map(scheduleBody)
  })
  server.post<DatabaseRoute>(path, async (request, reply) => {
    const addon = requireDatabase(store, request.params.db)
    const { hour, timezone, schedule_name: name } = createBody.parse(request.body)
    const schedule = { uuid: randomUUID(), addonId: addon.id, name, hour, timezone, lastDay: null }
    // One schedule per attachment: the newer replaces the older.
    const others = read().filter((each) => each.addonId !== addon.id || each.name !== name)
    store.write(document, [...others, schedule])
    return await reply.code(201).send(scheduleBody(schedule))
  })
  server.delete<{ Params: { db: string; uuid: string } }>(`${path}/:uuid`, async ({ params }) => {
    const addon = requireDatabase(store, params.db)
    const schedule = read().find(({ uuid, addonId }) => uuid === params.uuid && addonId === addon.id)
    if (schedule === undefined) throw notFound('schedule')
    store.write(
      document,
      read().filter(({ uuid }) => uuid !== schedule.uuid),
    )
    return scheduleBody(schedule)
  })

  let timer: NodeJS.Timeout | undefined
  server.addHook('onListen', async () => {
    timer = setInterval(() => void startDue(platform, transfers, new Date()), interval).unref()
  })
  server.addHook('onClose', async () => clearInterval(timer))
}

/** Starts the backups whose hour has come and that did not run today; a schedule of a database that is gone is ignored. */
export async function startDue(platform: Platform, transfers: Transfers, now: Date): Promise<void> {
  const { store } = platform
  const schedules = store.read<Schedule[]>(document) ?? []
  for (const schedule of schedules) {
    const { day, hour } = localTime(schedule.timezone, now)
    const addon = store.addons().find(({ id, state }) => id === schedule.addonId && state === 'provisioned')
    if (addon === undefined || hour !== schedule.hour || day === schedule.lastDay) continue
    schedule.lastDay = day
    store.write(document, schedules)
    await transfers.backup(addon, schedule.uuid).catch((error: unknown) => {
      platform.logs.write(addon.appId, 'app', 'api', `The scheduled backup could not start: ${String(error)}`)
    })
  }
}

function scheduleBody({ uuid, name, hour, timezone }: Schedule) {
  return { uuid, name, hour, timezone }
}

function localTime(timezone: string, now: Date): { day: string; hour: string } {
  const options = {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
  } as const
  const parts = new Map(
    new Intl.DateTimeFormat('en', options).formatToParts(now).map(({ type, value }) => [type, value]),
  )
  return {
    day: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    hour: parts.get('hour') ?? '',
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
