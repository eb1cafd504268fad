import { describe, expect, test } from 'vitest'
import { eachWithScriptedHeroku } from '../../test/support/heroku-client.ts'
import { json, reset } from '../../test/support/scripted-server.ts'
import { PreconditionError } from '../errors.ts'
import type { Database } from './addons.ts'
import { captureBackup, getTransfer, listTransfers, restoreBackup, waitForTransfer } from './backups.ts'
import { DeadlineError, TransferFailedError } from './errors.ts'

const heroku = eachWithScriptedHeroku()

const database: Database = {
  addonId: 'addon-1',
  addonName: 'postgresql-round-1',
  billingApp: 'x',
  configVar: 'DATABASE_URL',
  url: 'postgres://u:new@db.example.com:5432/one',
  plan: null,
}

function transfer(num: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    uuid: `uuid-${String(num)}`,
    num,
    from_type: 'pg_dump',
    to_type: 'gof3r',
    from_url: 'postgres://u:old@db.example.com:5432/one',
    to_url: `https://backups.example.com/${String(num)}`,
    schedule: null,
    succeeded: null,
    started_at: '2026-01-01 00:00:00 +0000',
    finished_at: null,
    canceled_at: null,
    processed_bytes: 0,
    source_bytes: 1000,
    warnings: 0,
    ...more,
  }
}

const finished = { finished_at: '2026-01-01 00:01:00 +0000', succeeded: true }
const transfers = 'GET /client/v11/apps/x/transfers'

describe('names', () => {
  test.each([
    [{}, 'b007', 'backup'],
    [{ schedule: { uuid: 's' } }, 'a007', 'backup'],
    [{ from_type: 'gof3r', to_type: 'pg_restore' }, 'r007', 'restore'],
    [{ to_type: 'pg_restore' }, 'c007', 'copy'],
  ])('%o is %s', async (more, name, kind) => {
    heroku.server.script(transfers, json([transfer(7, more)]))
    expect(await listTransfers(heroku.client, 'x')).toMatchObject([{ name, kind }])
  })
})

describe('a capture', () => {
  test('starts a backup and gives it back', async () => {
    heroku.server.script(transfers, json([transfer(1, finished)]))
    heroku.server.script('POST /client/v11/databases/addon-1/backups', json({ uuid: 'uuid-2' }, 201))
    heroku.server.script(`${transfers}/uuid-2`, json(transfer(2)))
    expect(await captureBackup(heroku.client, database)).toMatchObject({
      uuid: 'uuid-2',
      name: 'b002',
      succeeded: null,
    })
    const post = heroku.server.asked.find(({ method }) => method === 'POST')
    expect(post).toMatchObject({ body: '', headers: { 'content-length': '0' } })
  })

  test('is not made twice when its answer is lost, and takes no other for its own', async () => {
    const others = [
      transfer(5, { from_type: 'gof3r', to_type: 'pg_restore' }),
      transfer(4, { schedule: { uuid: 's' } }),
      transfer(3, { from_url: 'postgres://u:p@db.example.com:5432/another' }),
    ]
    heroku.server.script(
      transfers,
      json([transfer(1, finished)]),
      json([...others, transfer(2), transfer(1, finished)]),
    )
    heroku.server.script('POST /client/v11/databases/addon-1/backups', reset)
    heroku.server.script(`${transfers}/uuid-2`, json(transfer(2)))
    expect(await captureBackup(heroku.client, database)).toMatchObject({ uuid: 'uuid-2' })
    expect(heroku.server.asked.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('is made again when there is none', async () => {
    heroku.server.script(transfers, json([]))
    heroku.server.script(
      'POST /client/v11/databases/addon-1/backups',
      json({}, 500),
      json({ uuid: 'uuid-1' }, 201),
    )
    heroku.server.script(`${transfers}/uuid-1`, json(transfer(1)))
    expect(await captureBackup(heroku.client, database)).toMatchObject({ num: 1 })
  })
})

describe('waiting for a transfer', () => {
  const wait = (deadline = 60) => waitForTransfer(heroku.client, 'x', 'uuid-2', { deadline })
  const look = `${transfers}/uuid-2`

  test('ends when it is finished and has succeeded, and tells of the progress', async () => {
    heroku.server.script(
      look,
      json(transfer(2, { started_at: null })),
      json({ id: 'internal' }, 500),
      json(transfer(2, { processed_bytes: 500 })),
      json(transfer(2, { processed_bytes: 800, ...finished })),
    )
    const seen: number[] = []
    const ended = await waitForTransfer(heroku.client, 'x', 'uuid-2', {
      deadline: 60,
      onProgress: ({ processedBytes }) => seen.push(processedBytes),
    })
    expect(ended).toMatchObject({ succeeded: true, processedBytes: 800 })
    expect(seen).toEqual([0, 500, 800])
    expect(heroku.server.asked[0]?.path).toContain('verbose=true')
  })

  test('fails with the last log lines when it did not succeed', async () => {
    const logs = ['1', '2', 'pg_dump: error: connection lost'].map((message) => ({ message }))
    heroku.server.script(look, json(transfer(2, { ...finished, succeeded: false, logs })))
    const error: unknown = await wait().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(TransferFailedError)
    expect(String(error)).toContain('The backup b002 failed. Its last log lines: 1 | 2 | pg_dump: error')
  })

  test.each([
    ['finished and nothing more', { ...finished, succeeded: null }],
    ['cancelled', { canceled_at: '2026-01-01 00:00:30 +0000' }],
  ])('%s is no success', async (_name, more) => {
    heroku.server.script(look, json(transfer(2, more)))
    await expect(wait()).rejects.toBeInstanceOf(TransferFailedError)
  })

  test('a success that is not finished is not believed, and the deadline says how far it came', async () => {
    heroku.server.script(look, json(transfer(2, { succeeded: true, processed_bytes: 321 })))
    const error: unknown = await wait(10).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(DeadlineError)
    expect(String(error)).toContain('backup b002 has processed 321 bytes of a database of 1000 bytes')
  })
})

describe('a restore', () => {
  test('takes the finished backup by its address, and is found when its answer is lost', async () => {
    const backup = transfer(2, finished)
    heroku.server.script(`${transfers}/uuid-2`, json(backup))
    heroku.server.script(
      transfers,
      json([backup]),
      json([transfer(3, { from_type: 'gof3r', to_type: 'pg_restore' }), backup]),
    )
    heroku.server.script('POST /client/v11/databases/addon-1/restores', reset)
    heroku.server.script(
      `${transfers}/uuid-3`,
      json(transfer(3, { from_type: 'gof3r', to_type: 'pg_restore' })),
    )
    const restore = await restoreBackup(
      heroku.client,
      database,
      await getTransfer(heroku.client, 'x', 'uuid-2'),
    )
    expect(restore).toMatchObject({ name: 'r003', kind: 'restore' })
    const posts = heroku.server.asked.filter(({ method }) => method === 'POST')
    expect(posts.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { backup_url: 'https://backups.example.com/2' },
    ])
  })

  test('of a backup that did not succeed is refused before anything is asked', async () => {
    heroku.server.script(`${transfers}/uuid-2`, json(transfer(2, { ...finished, succeeded: false })))
    const backup = await getTransfer(heroku.client, 'x', 'uuid-2')
    await expect(restoreBackup(heroku.client, database, backup)).rejects.toBeInstanceOf(PreconditionError)
    expect(heroku.server.asked.filter(({ method }) => method === 'POST')).toHaveLength(0)
  })
})
