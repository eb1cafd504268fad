import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectClient } from '../../test/support/heroku-client.ts'
import { json, reset, startScriptedServer, type ScriptedServer } from '../../test/support/scripted-server.ts'
import { checkAccount } from './account.ts'
import { getApp, setMaintenance } from './apps.ts'
import { createSourceBuild, listBuilds, waitForBuild } from './builds.ts'
import type { HerokuClient } from './client.ts'
import { getConfigVars } from './config-vars.ts'
import { listDynos, restart } from './dynos.ts'
import { isPrebootEnabled, setPreboot } from './features.ts'
import { getFormation, scale } from './formation.ts'
import { getSlug } from './slugs.ts'

let server: ScriptedServer
let client: HerokuClient

beforeEach(async () => {
  server = await startScriptedServer()
  client = connectClient(server.url)
})
afterEach(async () => {
  client.close()
  await server.close()
})

const bodies = (): unknown[] =>
  server.asked.map(({ body }) => (body ? (JSON.parse(body) as unknown) : undefined))

test('the account is that of the key', async () => {
  server.script('GET /account', json({ email: 'me@example.com', id: 'more' }))
  expect(await checkAccount(client)).toEqual({ email: 'me@example.com' })
})

describe('an app', () => {
  const body = { id: 'i', name: 'x', web_url: 'http://x/', maintenance: false, git_url: 'https://git/x.git' }

  test('is read', async () => {
    server.script('GET /apps/x', json({ ...body, web_url: null }))
    expect(await getApp(client, 'x')).toEqual({
      id: 'i',
      name: 'x',
      webUrl: null,
      maintenance: false,
      gitUrl: 'https://git/x.git',
    })
  })

  test('that does not exist is told in a sentence', async () => {
    server.script('GET /apps/y', json({ id: 'not_found' }, 404))
    const error: unknown = await getApp(client, 'y').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ exitCode: 7 })
    expect(String(error)).toContain('There is no Heroku app "y"')
  })

  test('takes maintenance mode again when an answer is lost', async () => {
    server.script('PATCH /apps/x', reset, json({ ...body, maintenance: true }))
    expect(await setMaintenance(client, 'x', true)).toMatchObject({ maintenance: true })
    expect(bodies()).toEqual([{ maintenance: true }, { maintenance: true }])
  })

  test('has its name escaped in addresses', async () => {
    server.script('GET /apps/..%2Faccount/config-vars', json({ A: '1' }))
    expect(await getConfigVars(client, '../account')).toEqual({ A: '1' })
  })
})

describe('the formation', () => {
  const web = { type: 'web', quantity: 2, size: 'Standard-1X' }

  test('is read and scaled in one call', async () => {
    server.script('GET /apps/x/formation', json([web]))
    server.script('PATCH /apps/x/formation', json([{ ...web, quantity: 0 }]))
    expect(await getFormation(client, 'x')).toEqual([web])
    expect(await scale(client, 'x', [{ type: 'web', quantity: 0 }])).toEqual([{ ...web, quantity: 0 }])
    expect(bodies()).toEqual([undefined, { updates: [{ type: 'web', quantity: 0 }] }])
  })

  test('is left alone when there is nothing to change', async () => {
    expect(await scale(client, 'x', [])).toEqual([])
    expect(server.asked).toEqual([])
  })
})

describe('dynos', () => {
  test('are listed with their release', async () => {
    const dyno = {
      name: 'web.1',
      type: 'web',
      state: 'up',
      command: 'node .',
      release: { id: 'r', version: 7 },
    }
    server.script('GET /apps/x/dynos', json([dyno]))
    expect(await listDynos(client, 'x')).toEqual([
      { name: 'web.1', type: 'web', state: 'up', command: 'node .', releaseVersion: 7 },
    ])
  })

  test.each([
    [undefined, '/apps/x/dynos'],
    ['web', '/apps/x/formations/web'],
    ['web.1', '/apps/x/dynos/web.1'],
  ])('%s restart by %s', async (which, path) => {
    server.script(`DELETE ${path}`, json({}, 202))
    await restart(client, 'x', which)
    expect(server.asked.map((asked) => asked.path)).toEqual([path])
  })
})

describe('preboot', () => {
  test('is a feature of the app', async () => {
    server.script('GET /apps/x/features/preboot', json({ name: 'preboot', enabled: true }))
    server.script('PATCH /apps/x/features/preboot', json({ name: 'preboot', enabled: false }))
    expect(await isPrebootEnabled(client, 'x')).toBe(true)
    await setPreboot(client, 'x', false)
    expect(bodies().at(-1)).toEqual({ enabled: false })
  })

  test('is off where it does not exist', async () => {
    server.script('GET /apps/x/features/preboot', json({ id: 'not_found' }, 404))
    expect(await isPrebootEnabled(client, 'x')).toBe(false)
  })
})

test('a slug may have no commit', async () => {
  server.script('GET /apps/x/slugs/s', json({ id: 's', commit: null, process_types: { web: 'node .' } }))
  expect(await getSlug(client, 'x', 's')).toEqual({ id: 's', commit: null, processTypes: { web: 'node .' } })
})

describe('a build', () => {
  const build = (id: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    id,
    status: 'pending',
    output_stream_url: `${server.url}/output`,
    source_blob: { version: 'commit-1' },
    slug: null,
    release: null,
    created_at: `2026-01-01T00:00:0${id.length.toString()}Z`,
    ...more,
  })

  beforeEach(() => {
    const source = { get_url: `${server.url}/source?get`, put_url: `${server.url}/source?signature=1` }
    server.script('POST /sources', reset, json({ source_blob: source }, 201))
    server.script('PUT /source', json({}, 503), (response) => response.writeHead(200).end())
  })

  test('is made of an uploaded tarball, which gets no key', async () => {
    server.script('GET /apps/x/builds', json([]))
    server.script('POST /apps/x/builds', json(build('b'), 201))
    const made = await createSourceBuild(client, 'x', {
      tarball: Buffer.from('tarball'),
      version: 'commit-1',
    })
    expect(made).toMatchObject({ id: 'b', status: 'pending', commit: 'commit-1', releaseId: null })
    const put = server.asked.filter(({ method }) => method === 'PUT').at(-1)
    expect(put).toMatchObject({ body: 'tarball', path: '/source?signature=1' })
    expect(put?.headers.authorization).toBeUndefined()
    expect(put?.headers['content-type']).toBeUndefined()
    expect(JSON.parse(server.asked.at(-1)?.body ?? '')).toEqual({
      source_blob: {
        url: `${server.url}/source?get`,
        version: 'commit-1',
        checksum: `SHA256:${createHash('sha256').update('tarball').digest('hex')}`,
      },
    })
  })

  test('is not made twice when its answer is lost', async () => {
    server.script('GET /apps/x/builds', json([build('a')]), json([build('a'), build('bb')]))
    server.script('POST /apps/x/builds', reset)
    const made = await createSourceBuild(client, 'x', {
      tarball: Buffer.from('tarball'),
      version: 'commit-1',
    })
    expect(made.id).toBe('bb')
    expect(server.asked.filter(({ path }) => path === '/apps/x/builds').map(({ method }) => method)).toEqual([
      'GET',
      'POST',
      'GET',
    ])
  })

  test('is waited for with its output', async () => {
    server.script('GET /apps/x/builds/b', json(build('b')), json(build('b', { status: 'failed' })))
    server.script('GET /output', (response) => response.writeHead(200).end('-----> Building\n'))
    let output = ''
    const ended = await waitForBuild(client, 'x', 'b', { deadline: 60, onOutput: (text) => (output += text) })
    expect(ended.status).toBe('failed')
    expect(output).toBe('-----> Building\n')
  })

  test('list comes newest first', async () => {
    server.script('GET /apps/x/builds', json([build('a'), build('ccc'), build('bb')]))
    expect((await listBuilds(client, 'x', { newest: 2 })).map(({ id }) => id)).toEqual(['ccc', 'bb'])
  })
})
