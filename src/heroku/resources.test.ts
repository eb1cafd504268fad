import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { eachWithScriptedHeroku } from '../../test/support/heroku-client.ts'
import { json, reset } from '../../test/support/scripted-server.ts'
import { checkAccount } from './account.ts'
import { getApp, setMaintenance } from './apps.ts'
import { createSourceBuild, listBuilds, waitForBuild } from './builds.ts'
import { getConfigVars } from './config-vars.ts'
import { listDynos, restart } from './dynos.ts'
import { isPrebootEnabled, setPreboot } from './features.ts'
import { getFormation, scale } from './formation.ts'
import { getSlug } from './slugs.ts'

const heroku = eachWithScriptedHeroku()

const bodies = (): unknown[] =>
  heroku.server.asked.map(({ body }) => (body ? (JSON.parse(body) as unknown) : undefined))

test('the account is that of the key', async () => {
  heroku.server.script('GET /account', json({ email: 'me@example.com', id: 'more' }))
  expect(await checkAccount(heroku.client)).toEqual({ email: 'me@example.com' })
})

describe('an app', () => {
  const body = { id: 'i', name: 'x', web_url: 'http://x/', maintenance: false, git_url: 'https://git/x.git' }

  test('is read', async () => {
    heroku.server.script('GET /apps/x', json({ ...body, web_url: null }))
    expect(await getApp(heroku.client, 'x')).toEqual({
      id: 'i',
      name: 'x',
      webUrl: null,
      maintenance: false,
      gitUrl: 'https://git/x.git',
    })
  })

  test('that does not exist is told in a sentence', async () => {
    heroku.server.script('GET /apps/y', json({ id: 'not_found' }, 404))
    const error: unknown = await getApp(heroku.client, 'y').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ exitCode: 7 })
    expect(String(error)).toContain('There is no Heroku app "y"')
  })

  test('takes maintenance mode again when an answer is lost', async () => {
    heroku.server.script('PATCH /apps/x', reset, json({ ...body, maintenance: true }))
    expect(await setMaintenance(heroku.client, 'x', true)).toMatchObject({ maintenance: true })
    expect(bodies()).toEqual([{ maintenance: true }, { maintenance: true }])
  })

  test('has its name escaped in addresses', async () => {
    heroku.server.script('GET /apps/..%2Faccount/config-vars', json({ A: '1' }))
    expect(await getConfigVars(heroku.client, '../account')).toEqual({ A: '1' })
  })
})

describe('the formation', () => {
  const web = { type: 'web', quantity: 2, size: 'Standard-1X' }

  test('is read and scaled in one call', async () => {
    heroku.server.script('GET /apps/x/formation', json([web]))
    heroku.server.script('PATCH /apps/x/formation', json([{ ...web, quantity: 0 }]))
    expect(await getFormation(heroku.client, 'x')).toEqual([web])
    expect(await scale(heroku.client, 'x', [{ type: 'web', quantity: 0 }])).toEqual([{ ...web, quantity: 0 }])
    expect(bodies()).toEqual([undefined, { updates: [{ type: 'web', quantity: 0 }] }])
  })

  test('is left alone when there is nothing to change', async () => {
    expect(await scale(heroku.client, 'x', [])).toEqual([])
    expect(heroku.server.asked).toEqual([])
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
    heroku.server.script('GET /apps/x/dynos', json([dyno]))
    expect(await listDynos(heroku.client, 'x')).toEqual([
      { name: 'web.1', type: 'web', state: 'up', command: 'node .', releaseVersion: 7 },
    ])
  })

  test.each([
    [undefined, '/apps/x/dynos'],
    ['web', '/apps/x/formations/web'],
    ['web.1', '/apps/x/dynos/web.1'],
  ])('%s restart by %s', async (which, path) => {
    heroku.server.script(`DELETE ${path}`, json({}, 202))
    await restart(heroku.client, 'x', which)
    expect(heroku.server.asked.map((asked) => asked.path)).toEqual([path])
  })
})

describe('preboot', () => {
  test('is a feature of the app', async () => {
    heroku.server.script('GET /apps/x/features/preboot', json({ name: 'preboot', enabled: true }))
    heroku.server.script('PATCH /apps/x/features/preboot', json({ name: 'preboot', enabled: false }))
    expect(await isPrebootEnabled(heroku.client, 'x')).toBe(true)
    await setPreboot(heroku.client, 'x', false)
    expect(bodies().at(-1)).toEqual({ enabled: false })
  })

  test('is off where it does not exist', async () => {
    heroku.server.script('GET /apps/x/features/preboot', json({ id: 'not_found' }, 404))
    expect(await isPrebootEnabled(heroku.client, 'x')).toBe(false)
  })
})

test('a slug may have no commit', async () => {
  heroku.server.script(
    'GET /apps/x/slugs/s',
    json({ id: 's', commit: null, process_types: { web: 'node .' } }),
  )
  expect(await getSlug(heroku.client, 'x', 's')).toEqual({
    id: 's',
    commit: null,
    processTypes: { web: 'node .' },
  })
})

describe('a build', () => {
  const build = (id: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    id,
    status: 'pending',
    output_stream_url: `${heroku.server.url}/output`,
    source_blob: { version: 'commit-1' },
    slug: null,
    release: null,
    created_at: `2026-01-01T00:00:0${id.length.toString()}Z`,
    ...more,
  })

  beforeEach(() => {
    const source = {
      get_url: `${heroku.server.url}/source?get`,
      put_url: `${heroku.server.url}/source?signature=1`,
    }
    heroku.server.script('POST /sources', reset, json({ source_blob: source }, 201))
    heroku.server.script('PUT /source', json({}, 503), (response) => response.writeHead(200).end())
  })

  test('is made of an uploaded tarball, which gets no key', async () => {
    heroku.server.script('GET /apps/x/builds', json([]))
    heroku.server.script('POST /apps/x/builds', json(build('b'), 201))
    const made = await createSourceBuild(heroku.client, 'x', {
      tarball: Buffer.from('tarball'),
      version: 'commit-1',
    })
    expect(made).toMatchObject({ id: 'b', status: 'pending', commit: 'commit-1', releaseId: null })
    const put = heroku.server.asked.filter(({ method }) => method === 'PUT').at(-1)
    expect(put).toMatchObject({ body: 'tarball', path: '/source?signature=1' })
    expect(put?.headers.authorization).toBeUndefined()
    expect(put?.headers['content-type']).toBeUndefined()
    expect(JSON.parse(heroku.server.asked.at(-1)?.body ?? '')).toEqual({
      source_blob: {
        url: `${heroku.server.url}/source?get`,
        version: 'commit-1',
        checksum: `SHA256:${createHash('sha256').update('tarball').digest('hex')}`,
      },
    })
  })

  test('is not made twice when its answer is lost', async () => {
    heroku.server.script('GET /apps/x/builds', json([build('a')]), json([build('a'), build('bb')]))
    heroku.server.script('POST /apps/x/builds', reset)
    const made = await createSourceBuild(heroku.client, 'x', {
      tarball: Buffer.from('tarball'),
      version: 'commit-1',
    })
    expect(made.id).toBe('bb')
    expect(
      heroku.server.asked.filter(({ path }) => path === '/apps/x/builds').map(({ method }) => method),
    ).toEqual(['GET', 'POST', 'GET'])
  })

  test('is waited for with its output', async () => {
    heroku.server.script('GET /apps/x/builds/b', json(build('b')), json(build('b', { status: 'failed' })))
    heroku.server.script('GET /output', (response) => response.writeHead(200).end('-----> Building\n'))
    let output = ''
    const ended = await waitForBuild(heroku.client, 'x', 'b', {
      deadline: 60,
      onOutput: (text) => (output += text),
    })
    expect(ended.status).toBe('failed')
    expect(output).toBe('-----> Building\n')
  })

  test('list comes newest first', async () => {
    heroku.server.script('GET /apps/x/builds', json([build('a'), build('ccc'), build('bb')]))
    expect((await listBuilds(heroku.client, 'x', { newest: 2 })).map(({ id }) => id)).toEqual(['ccc', 'bb'])
  })
})
