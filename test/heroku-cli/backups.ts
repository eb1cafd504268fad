import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Check } from './cli.ts'
import type { World } from './world.ts'

interface Transfer {
  readonly num: number
  readonly from_type: string
  readonly succeeded: boolean | null
  readonly finished_at: string | null
  readonly canceled_at: string | null
}

/** Backups: captured, told about, fetched, restored, canceled, deleted and scheduled. */
export async function checkBackups(world: World, check: Check): Promise<void> {
  const app = ['--app', 'mooring']
  const transfers = () => world.get<Transfer[]>('/client/v11/apps/mooring/transfers')
  await check('apps:create', ['create', 'mooring', '--no-remote'], { prints: [/done/] })
  await check('addons:create', ['addons:create', 'heroku-postgresql:standard-0', '--wait', ...app], {
    prints: [/Created/],
  })
  await world.query('mooring', 'CREATE TABLE boats AS SELECT 7 AS length')
  await check('pg:backups:capture', ['pg:backups:capture', ...app], {
    prints: [/Starting backup of .*done/, /Backing up .*DATABASE.* to .*b001.*done/],
    effect: async () => assert.equal((await transfers())[0]?.succeeded, true),
  })
  await check('pg:backups', ['pg:backups', ...app], {
    prints: [
      /=== Backups/,
      /b001 +\d{4}-\d\d-\d\d .* Completed .* DATABASE/,
      /No restores found/,
      /No copies found/,
    ],
  })
  await check('pg:backups:info', ['pg:backups:info', ...app], {
    prints: [
      /=== Backup b001/,
      /Database: +DATABASE/,
      /Status: +Completed/,
      /Type: +Manual/,
      /=== Backup Logs/,
    ],
  })
  await checkFetching(world, check, app)
  await world.query('mooring', 'UPDATE boats SET length = 8')
  await check(
    'pg:backups:restore',
    ['pg:backups:restore', 'b001', 'DATABASE_URL', '--confirm', 'mooring', ...app],
    {
      prints: [/Starting restore of .*b001.* to .*done/, /Restoring.*done/],
      effect: async () =>
        assert.deepEqual(await world.query('mooring', 'SELECT length FROM boats'), [{ length: 7 }]),
    },
  )
  await check(
    'pg:backups:restore',
    ['pg:backups:restore', 'b001', 'DATABASE_URL', '--confirm', 'other', ...app],
    {
      exitCode: 1,
      effect: async () => assert.equal((await transfers()).length, 2),
    },
  )
  await checkCanceling(world, check, app, transfers)
  await check('pg:backups:delete', ['pg:backups:delete', 'b001', '--confirm', 'mooring', ...app], {
    prints: [/Deleting backup .*b001.* on .*mooring.*done/],
    effect: async () => assert.ok(!(await transfers()).some(({ num }) => num === 1)),
  })
  await checkSchedules(world, check, app)
}

async function checkFetching(world: World, check: Check, app: string[]): Promise<void> {
  await check('pg:backups:url', ['pg:backups:url', 'b001', ...app], {
    prints: [/^https:\/\/127\.0\.0\.1:\d+\/backups\//m],
  })
  const file = path.join(world.directory, 'b001.dump')
  await check('pg:backups:download', ['pg:backups:download', 'b001', '--output', file, ...app], {
    prints: [/Getting backup from .*mooring.*done, #1/],
    effect: async () => assert.match(await readFile(file, 'utf8'), /boats/),
  })
}

async function checkCanceling(
  world: World,
  check: Check,
  app: string[],
  transfers: () => Promise<Transfer[]>,
): Promise<void> {
  await world.post('/_emulator/faults', { fault: 'backup hangs', app: 'mooring', times: 1 })
  const [{ addon }] = await world.get<[{ addon: { id: string } }]>('/apps/mooring/addon-attachments')
  await world.post(`/client/v11/databases/${addon.id}/backups`)
  await check('pg:backups:cancel', ['pg:backups:cancel', ...app], {
    prints: [/Cancelling .*b003.*done/],
    effect: async () => {
      await world.eventually('the end of the canceled backup', async () => {
        const canceled = (await transfers()).find(({ num }) => num === 3)
        return typeof canceled?.canceled_at === 'string' && canceled.succeeded !== true ? canceled : undefined
      })
    },
  })
}

async function checkSchedules(world: World, check: Check, app: string[]): Promise<void> {
  const [{ addon }] = await world.get<[{ addon: { id: string } }]>('/apps/mooring/addon-attachments')
  const schedules = () => world.get<unknown[]>(`/client/v11/databases/${addon.id}/transfer-schedules`)
  await check('pg:backups:schedule', ['pg:backups:schedule', 'DATABASE_URL', '--at', '02:00 UTC', ...app], {
    prints: [/Scheduling automatic daily backups of .* at 02:00 UTC.*done/],
    effect: async () => assert.equal((await schedules()).length, 1),
  })
  await check('pg:backups:schedules', ['pg:backups:schedules', ...app], {
    prints: [/=== Backup Schedules/, /DATABASE_URL: daily at 02:00 UTC/],
  })
  await check('pg:backups:unschedule', ['pg:backups:unschedule', 'DATABASE_URL', ...app], {
    prints: [/Unscheduling .*DATABASE_URL.* daily backups.*done/],
    effect: async () => assert.deepEqual(await schedules(), []),
  })
}
