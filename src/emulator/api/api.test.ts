import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  eventually,
  openSession,
  withSession,
  type OpenSession,
  type Session,
} from '../../../test/support/emulator-session.ts'

const execute = promisify(execFile)

let session: OpenSession
beforeAll(async () => {
  session = await openSession({})
})
afterAll(() => session.close())
const call: Session['call'] = (...request) => session.call(...request)

/** A gzipped tarball with these files below `top`. */
async function tarball(files: Readonly<Record<string, string>>, top = '.'): Promise<Buffer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tarball-'))
  try {
    await execute('mkdir', ['-p', path.join(directory, top)])
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, top, name), text)
    const options = { encoding: 'buffer', maxBuffer: 1 << 24 } as const
    return (await execute('tar', ['-czf', '-', '-C', directory, top], options)).stdout
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function upload(blob: Buffer): Promise<string> {
  const { body } = await call('POST', '/sources')
  const { put_url: put, get_url: get } = body['source_blob'] as { put_url: string; get_url: string }
  expect((await fetch(put, { method: 'PUT', body: new Uint8Array(blob) })).status).toBe(200)
  return get
}

async function settledBuild(app: string, id: unknown) {
  return await eventually('the build to end', async () => {
    const { body } = await call('GET', `/apps/${app}/builds/${String(id)}`)
    return body['status'] === 'pending' ? undefined : body
  })
}

describe('apps', () => {
  test('create, read by id and name, rename, maintenance, filter, destroy', async () => {
    const made = await call('POST', '/apps', { name: 'lock-one' })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'lock-one', maintenance: false, stack: { name: 'heroku-24' } },
    })
    const id = String(made.body['id'])
    expect((await call('GET', `/apps/${id}`)).body).toMatchObject({ name: 'lock-one' })
    expect((await call('POST', '/apps', { name: 'lock-one' })).status).toBe(422)
    expect((await call('POST', '/apps', { name: 'No!' })).body).toMatchObject({ id: 'invalid_params' })
    expect((await call('POST', '/apps')).body['name']).toMatch(/^[a-z]+-[a-z]+-\d{5}$/)
    expect((await call('PATCH', '/apps/lock-one', { maintenance: true })).body).toMatchObject({
      maintenance: true,
    })
    expect((await call('PATCH', '/apps/lock-one', { name: 'lock-two' })).body).toMatchObject({
      name: 'lock-two',
      maintenance: true,
    })
    expect((await call('GET', '/apps/lock-one')).body).toMatchObject({ id: 'not_found', resource: 'app' })
    expect((await call('POST', '/filters/apps', { in: { id: [id] } })).body).toHaveLength(1)
    expect((await call('GET', '/apps', undefined, { Range: 'name ..; max=1' })).status).toBe(206)
    expect((await call('GET', '/users/~/apps')).status).toBe(200)
    expect((await call('DELETE', '/apps/lock-two')).body).toMatchObject({ id })
    expect((await call('GET', '/apps/lock-two')).status).toBe(404)
    expect((await call('GET', '/account')).body).toEqual((await call('GET', '/users/~')).body)
    expect((await call('GET', '/account/rate-limits')).body['remaining']).toBeLessThanOrEqual(4500)
  })

  test('config vars: one release per change, none for no change, those of a release', async () => {
    await call('POST', '/apps', { name: 'vars' })
    expect((await call('PATCH', '/apps/vars/config-vars', { A: '1', B: '2' })).body).toEqual({
      A: '1',
      B: '2',
    })
    expect((await call('PATCH', '/apps/vars/config-vars', { A: '1' })).body).toEqual({ A: '1', B: '2' })
    expect((await call('PATCH', '/apps/vars/config-vars', { A: null })).body).toEqual({ B: '2' })
    expect((await call('PATCH', '/apps/vars/config-vars', { 'A-B': '1' })).status).toBe(422)
    const releases = await call('GET', '/apps/vars/releases', undefined, {
      Range: 'version ..; order=desc,max=3',
    })
    expect(releases.body).toMatchObject([
      { version: 4, description: 'Remove A config vars', current: true },
      { version: 3, description: 'Set A, B config vars', current: false },
      { version: 2, description: 'Enable Logplex', eligible_for_rollback: false },
    ])
    expect(releases.status).toBe(206)
    expect((await call('GET', '/apps/vars/releases/3/config-vars')).body).toEqual({ A: '1', B: '2' })
  })
})

describe('builds of tarballs', () => {
  const files = { Procfile: 'web: sleep 1000\nrelease: echo migrated $GREETING\n' }

  test('source, build, its output, its slug, its release and that one’s output', async () => {
    await call('POST', '/apps', { name: 'tar' })
    await call('PATCH', '/apps/tar/config-vars', { GREETING: 'grüße' })
    const blob = await tarball(files, 'repository-1234')
    const checksum = `SHA256:${createHash('sha256').update(blob).digest('hex')}`
    const url = await upload(blob)
    const made = await call('POST', '/apps/tar/builds', {
      source_blob: { url, version: 'abcdef0123456789', checksum },
    })
    expect(made).toMatchObject({ status: 201, body: { status: 'pending', release: null } })
    const output = await (await fetch(String(made.body['output_stream_url']))).text()
    expect(output).toContain('Release command declared')
    const build = await settledBuild('tar', made.body['id'])
    expect(build).toMatchObject({ status: 'succeeded' })
    const { id } = build['release'] as { id: string }
    const release = await eventually('the release', async () => {
      const { body } = await call('GET', `/apps/tar/releases/${id}`)
      return body['status'] === 'pending' ? undefined : body
    })
    expect(release).toMatchObject({ status: 'succeeded', current: true, description: 'Deploy abcdef01' })
    const stream = String(release['output_stream_url'])
    expect(await (await fetch(stream)).text()).toBe('migrated grüße\n')
    expect(await (await fetch(stream, { headers: { Range: 'bytes=9-' } })).text()).toBe('grüße\n')
    const events = await fetch(stream, { headers: { Accept: 'text/event-stream' } })
    expect(await events.text()).toBe('id: 17\ndata: migrated grüße\ndata: \n\n')
    const { id: slug } = build['slug'] as { id: string }
    expect((await call('GET', `/apps/tar/slugs/${slug}`)).body).toMatchObject({
      commit: 'abcdef0123456789',
    })
    expect((await call('GET', '/apps/tar/formation')).body).toMatchObject([
      { type: 'release', quantity: 0 },
      { type: 'web', quantity: 1, command: 'sleep 1000' },
    ])
  })

  test('a wrong checksum, no app in it, and a cancelled build fail, and the app stays as it was', async () => {
    await call('POST', '/apps', { name: 'bad-tar' })
    const url = await upload(await tarball(files))
    const start = async (blob: Record<string, unknown>) =>
      (await call('POST', '/apps/bad-tar/builds', { source_blob: blob })).body['id']
    const outcome = async (id: unknown) => (await settledBuild('bad-tar', id))['status']
    expect(await outcome(await start({ url, checksum: 'SHA256:00' }))).toBe('failed')
    expect(await outcome(await start({ url: await upload(await tarball({ readme: 'x' })) }))).toBe('failed')
    expect(await outcome(await start({ url: `${session.emulator.url}/nothing` }))).toBe('failed')
    const slow = { 'package.json': JSON.stringify({ scripts: { 'heroku-postbuild': 'sleep 1000' } }) }
    const id = await start({ url: await upload(await tarball(slow)) })
    expect((await call('DELETE', `/apps/bad-tar/builds/${String(id)}`)).status).toBe(200)
    expect(await outcome(id)).toBe('failed')
    expect((await call('DELETE', `/apps/bad-tar/builds/${String(id)}`)).status).toBe(422)
    expect((await call('GET', '/apps/bad-tar/releases')).body).toHaveLength(2)
    expect((await call('POST', '/apps/bad-tar/dynos', { command: 'true' })).status).toBe(409)
  })

  test('a slug of the client’s own, released', async () => {
    await call('POST', '/apps', { name: 'own' })
    const slug = await call('POST', '/apps/own/slugs', {
      process_types: { web: 'sleep 1000' },
      commit: '0123456789',
    })
    expect(slug).toMatchObject({ status: 201, body: { blob: { method: 'PUT' } } })
    const wanted = { slug: slug.body['id'] }
    expect((await call('POST', '/apps/own/releases', wanted)).status).toBe(422)
    const { url } = slug.body['blob'] as { url: string }
    const blob = new Uint8Array(await tarball({ file: 'text' }, './app'))
    expect((await fetch(url, { method: 'PUT', body: blob })).status).toBe(200)
    expect((await fetch(url, { method: 'PUT', body: blob })).status).toBe(422)
    expect((await call('POST', '/apps/own/releases', wanted)).body).toMatchObject({
      description: 'Deploy 01234567',
      status: 'succeeded',
    })
    expect((await fetch(url)).status).toBe(200)
    expect((await fetch(url.replace(/\?.*/, ''))).status).toBe(403)
  })

  test('addresses of sources and slugs stop working when their time is over', () =>
    withSession({ durations: { blobUrlLifetime: 0.001 } }, async (brief) => {
      await brief.call('POST', '/apps', { name: 'brief' })
      const source = (await brief.call('POST', '/sources')).body['source_blob'] as { put_url: string }
      const slug = await brief.call('POST', '/apps/brief/slugs', { process_types: { web: 'sleep 1000' } })
      const { url } = slug.body['blob'] as { url: string }
      for (const address of [source.put_url, url]) {
        const refused = await eventually('the end of the address', async () => {
          const answer = await fetch(address, { method: 'PUT', body: new Uint8Array(1) })
          return answer.status === 403 ? await answer.json() : undefined
        })
        expect(refused).toEqual({ id: 'forbidden', message: 'Request has expired.' })
        expect((await fetch(address)).status).toBe(403)
      }
    }))
})

describe('dynos', () => {
  async function deployed(name: string): Promise<void> {
    await call('POST', '/apps', { name })
    const url = await upload(await tarball({ Procfile: 'web: sleep 1000\nworker: sleep 1000\n' }))
    const { body } = await call('POST', `/apps/${name}/builds`, { source_blob: { url } })
    expect((await settledBuild(name, body['id']))['status']).toBe('succeeded')
  }

  test('scaling by number, text and difference; unknown types are 404', async () => {
    await deployed('scaled')
    const updates = [
      { type: 'worker', quantity: '2', size: 'Standard-2X' },
      { type: 'web', quantity: '+1' },
    ]
    expect((await call('PATCH', '/apps/scaled/formation', { updates })).body).toMatchObject([
      { type: 'worker', quantity: 2, size: 'Standard-2X' },
      { type: 'web', quantity: 2 },
    ])
    const names = async () =>
      ((await call('GET', '/apps/scaled/dynos')).body as unknown as { name: string }[])
        .map(({ name }) => name)
        .sort()
    expect(await names()).toEqual(['web.1', 'web.2', 'worker.1', 'worker.2'])
    expect((await call('PATCH', '/apps/scaled/formation/worker', { quantity: 0 })).body).toMatchObject({
      quantity: 0,
    })
    await eventually('the workers to go', async () => ((await names()).length === 2 ? true : undefined))
    expect((await call('PATCH', '/apps/scaled/formation/nothing', { quantity: 1 })).body).toMatchObject({
      id: 'not_found',
    })
    expect((await call('GET', '/apps/scaled/releases')).body).toHaveLength(3)
    expect((await call('DELETE', '/apps/scaled/dynos/web.9')).status).toBe(404)
    expect(await call('DELETE', '/apps/scaled/dynos')).toMatchObject({ status: 202, body: {} })
  })

  test('a detached dyno runs, its output and end are in the logs, and it leaves the list', async () => {
    await deployed('one-off')
    const made = await call('POST', '/apps/one-off/dynos', {
      command: 'echo out $X; exit 7',
      env: { X: 'loud' },
      attach: false,
    })
    expect(made).toMatchObject({ status: 201, body: { type: 'run', command: 'echo out $X; exit 7' } })
    const name = String(made.body['name'])
    await eventually('the dyno to end', async () =>
      (await call('GET', `/apps/one-off/dynos/${name}`)).status === 404 ? true : undefined,
    )
    const { body } = await call('POST', '/apps/one-off/log-sessions', { lines: 50, tail: false, dyno: name })
    const text = await (await fetch(String(body['logplex_url']))).text()
    expect(text).toMatch(
      new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:]+\\.\\d{6}\\+00:00 app\\[${name}\\]: out loud$`, 'm'),
    )
    expect(text).toContain('Process exited with status 7')
  })

  test('log sessions as events, live until the client leaves', async () => {
    const app = (await call('POST', '/apps', { name: 'logs' })).body
    const { body } = await call('POST', '/apps/logs/log-sessions', { tail: true, source: 'app', lines: 1 })
    const leave = new AbortController()
    const response = await fetch(String(body['logplex_url']), {
      headers: { Accept: 'text/event-stream' },
      signal: leave.signal,
    })
    session.emulator.platform.logs.write(String(app['id']), 'app', 'web.1', 'later')
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array)
      if (text.includes('later')) break
    }
    leave.abort()
    expect(text).toMatch(/^id: \d+\ndata: \S+ app\[api\]: Enable Logplex by user/)
    expect(text).toContain(' app[web.1]: later\n\n')
    expect((await call('GET', '/logs/unknown')).status).toBe(404)
  })

  test('preboot is a feature', async () => {
    await call('POST', '/apps', { name: 'features' })
    expect((await call('GET', '/apps/features/features')).body).toMatchObject([
      { name: 'preboot', enabled: false },
    ])
    expect((await call('PATCH', '/apps/features/features/preboot', { enabled: true })).body).toMatchObject({
      enabled: true,
    })
    expect((await call('GET', '/apps/features/features/preboot')).body).toMatchObject({
      enabled: true,
      state: 'general',
    })
    expect((await call('GET', '/apps/features/features/other')).status).toBe(404)
  })
})
