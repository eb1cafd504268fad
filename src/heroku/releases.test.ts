import { describe, expect, test } from 'vitest'
import { eachWithScriptedHeroku } from '../../test/support/heroku-client.ts'
import { json, reset, type Play } from '../../test/support/scripted-server.ts'
import { DeadlineError } from './errors.ts'
import {
  currentRelease,
  listReleases,
  releasesAfter,
  releaseSlug,
  rollBackTo,
  type Release,
} from './releases.ts'
import { waitForRelease } from './wait-for-release.ts'

const heroku = eachWithScriptedHeroku()

function release(version: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `id-${String(version)}`,
    version,
    status: 'succeeded',
    current: false,
    description: `Deploy ${String(version)}`,
    slug: { id: `slug-${String(version)}` },
    output_stream_url: null,
    created_at: '2026-01-01T00:00:00Z',
    ...more,
  }
}

const list = (...releases: Record<string, unknown>[]): Play => json(releases)

describe('the current release', () => {
  test('is the one that Heroku calls so, even behind failed ones', async () => {
    heroku.server.script(
      'GET /apps/x/releases',
      json([release(4, { status: 'failed' })], 206, { 'next-range': 'version ..4[; max=1, order=desc' }),
      json([release(3, { current: true })], 206, { 'next-range': 'version ..3[; max=1, order=desc' }),
    )
    expect(await currentRelease(heroku.client, 'x')).toMatchObject({
      version: 3,
      slugId: 'slug-3',
      current: true,
    })
    expect(heroku.server.asked.map(({ headers }) => headers.range)).toEqual([
      'version ..; max=50, order=desc',
      'version ..4[; max=1, order=desc',
    ])
  })

  test('is asked for when an app has none', async () => {
    heroku.server.script('GET /apps/x/releases', list())
    await expect(currentRelease(heroku.client, 'x')).rejects.toThrow('The app "x" has no current release.')
  })
})

test('the newest releases come newest first, whatever the order of the answer', async () => {
  heroku.server.script('GET /apps/x/releases', list(release(1), release(3), release(2)))
  expect((await listReleases(heroku.client, 'x', { newest: 2 })).map(({ version }) => version)).toEqual([
    3, 2,
  ])
})

test('the releases after a version are those with a higher one', async () => {
  heroku.server.script('GET /apps/x/releases', list(release(12), release(11), release(10), release(9)))
  expect((await releasesAfter(heroku.client, 'x', 10)).map(({ version }) => version)).toEqual([12, 11])
})

describe('a roll-back', () => {
  const target: Release = {
    id: 'id-3',
    version: 3,
    status: 'succeeded',
    current: false,
    description: 'Deploy 3',
    slugId: 'slug-3',
    outputStreamUrl: null,
    createdAt: '',
  }

  test('goes to the given release by its id', async () => {
    heroku.server.script('POST /apps/x/releases', json(release(6, { description: 'Rollback to v3' }), 201))
    expect(await rollBackTo(heroku.client, 'x', target, { after: 5 })).toMatchObject({ version: 6 })
    expect(JSON.parse(heroku.server.asked[0]?.body ?? '')).toEqual({ release: 'id-3' })
  })

  test('is not made twice when its answer is lost', async () => {
    heroku.server.script('POST /apps/x/releases', reset)
    const older = release(4, { description: 'Rollback to v3' })
    heroku.server.script(
      'GET /apps/x/releases',
      list(release(6, { description: 'Rollback to v3' }), release(5), older),
    )
    expect(await rollBackTo(heroku.client, 'x', target, { after: 5 })).toMatchObject({ version: 6 })
    expect(heroku.server.asked.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  test('is made again when it did not take effect; an earlier one counts for nothing', async () => {
    const done = json(release(6, { description: 'Rollback to v3' }), 201)
    heroku.server.script('POST /apps/x/releases', json({ id: 'internal' }, 500), done)
    heroku.server.script(
      'GET /apps/x/releases',
      list(release(5), release(4, { description: 'Rollback to v3' })),
    )
    expect(await rollBackTo(heroku.client, 'x', target, { after: 5 })).toMatchObject({ version: 6 })
    expect(heroku.server.asked.filter(({ method }) => method === 'POST')).toHaveLength(2)
  })
})

test('the release of a slug is not made twice', async () => {
  heroku.server.script('POST /apps/x/releases', reset)
  heroku.server.script('GET /apps/x/releases', list(release(6, { slug: { id: 'slug-2' } }), release(5)))
  expect(await releaseSlug(heroku.client, 'x', 'slug-2', { after: 5 })).toMatchObject({ version: 6 })
})

describe('waiting for a release', () => {
  const pending = (more = {}): Play => json(release(6, { status: 'pending', ...more }))

  test.each(['succeeded', 'failed'])('ends when it has %s, with all of its output', async (status) => {
    const url = { output_stream_url: `${heroku.server.url}/output` }
    heroku.server.script(
      'GET /apps/x/releases/id-6',
      pending(),
      pending(url),
      json(release(6, { status, ...url })),
    )
    heroku.server.script('GET /output', json({}, 404), (response) =>
      response.writeHead(200).end('Migrating...\ndone\n'),
    )
    let output = ''
    const ended = await waitForRelease(heroku.client, 'x', 'id-6', {
      deadline: 60,
      onOutput: (text) => (output += text),
    })
    expect(ended.status).toBe(status)
    expect(output).toBe('Migrating...\ndone\n')
  })

  test('does not need the output', async () => {
    const url = { output_stream_url: `${heroku.server.url}/output` }
    heroku.server.script(
      'GET /apps/x/releases/id-6',
      pending(url),
      json({ id: 'internal' }, 500),
      json(release(6, url)),
    )
    heroku.server.script('GET /output', (response) => response.writeHead(200).write('begun'))
    const ended = await waitForRelease(heroku.client, 'x', 'id-6', {
      deadline: 60,
      onOutput: () => undefined,
    })
    expect(ended.status).toBe('succeeded')
  })

  test('ends at its deadline when the release stays pending', async () => {
    heroku.server.script('GET /apps/x/releases/id-6', pending())
    const error: unknown = await waitForRelease(heroku.client, 'x', 'id-6', { deadline: 10 }).catch(
      (caught: unknown) => caught,
    )
    expect(error).toBeInstanceOf(DeadlineError)
    expect(String(error)).toContain(
      'Waited 10 seconds for the release id-6 of x to end: v6 is still pending.',
    )
  })

  test('stops when it is aborted', async () => {
    heroku.server.script('GET /apps/x/releases/id-6', pending())
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('told to stop')), 30)
    await expect(
      waitForRelease(heroku.client, 'x', 'id-6', { deadline: 600, signal: stop.signal }),
    ).rejects.toThrow('told to stop')
  })
})
