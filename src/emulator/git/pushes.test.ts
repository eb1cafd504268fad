import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  eventually,
  openSession,
  type OpenSession,
  type Repository,
} from '../../../test/support/emulator-session.ts'

const app = { Procfile: 'worker: sleep 1000\n' }

let session: OpenSession
beforeAll(async () => {
  session = await openSession({})
})
afterAll(() => session.close())

/** A new app, and a repository with a first commit for it. */
async function prepared(name: string): Promise<{ repository: Repository; url: string }> {
  await session.call('POST', '/apps', { name })
  const repository = await session.repository()
  await repository.commit(app)
  return { repository, url: `${session.emulator.url}/${name}.git` }
}

async function releases(name: string): Promise<string[]> {
  const { body } = await session.call('GET', `/apps/${name}/releases`)
  return (body as unknown as { description: string }[]).slice(2).map(({ description }) => description)
}

test('git asks first without a token, and unknown apps are not found', async () => {
  const { url } = await prepared('challenge')
  const refused = await fetch(`${url}/info/refs?service=git-receive-pack`)
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
  expect((await session.call('GET', '/other.git/info/refs')).status).toBe(404)
})

test('a pack of some megabytes, sent in chunks, and a clone of it', async () => {
  const { repository, url } = await prepared('chunks')
  const bytes = randomBytes(3_000_000).toString('base64')
  await repository.commit({ blob: bytes })
  expect(await repository.push('chunks')).toMatchObject({ exitCode: 0 })
  const clone = await session.repository()
  expect(await clone.git('pull', '--quiet', url, 'main')).toMatchObject({
    exitCode: 0,
  })
  expect((await clone.git('show', 'HEAD:blob')).output).toBe(bytes)
})

test('a gzipped body is understood', async () => {
  const { url } = await prepared('gzip')
  const response = await fetch(`${url}/git-upload-pack`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${session.emulator.token}`,
      'Content-Type': 'application/x-git-upload-pack-request',
      'Content-Encoding': 'gzip',
      'Git-Protocol': 'version=2',
    },
    body: new Uint8Array(gzipSync('0014command=ls-refs\n0000')),
  })
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('0000')
})

test('only main and master are built', async () => {
  const { repository } = await prepared('branches')
  const branch = await repository.push('branches', 'main:topic')
  expect(branch.output).toContain('skipping build')
  expect(branch.exitCode).toBe(0)
  expect(await releases('branches')).toEqual([])
  expect(await repository.push('branches', ':topic')).toMatchObject({ exitCode: 0 })
  expect(await repository.push('branches', 'main:master')).toMatchObject({ exitCode: 0 })
  expect(await releases('branches')).toHaveLength(1)
})

test('of two pushes at once from the same base, one deploys and the other is told', async () => {
  const { repository: first, url } = await prepared('two-at-once')
  await first.push('two-at-once')
  const second = await session.repository()
  await second.git('pull', '--quiet', url, 'main')
  const slow = '#!/bin/sh\nsleep 1\n'
  await first.commit({ 'bin/compile': slow, one: '1' })
  await second.commit({ 'bin/compile': slow, two: '2' })
  const results = await Promise.all([first.push('two-at-once'), second.push('two-at-once')])
  expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1])
  expect(results.find(({ exitCode }) => exitCode === 1)?.output).toContain('another push')
  expect(await releases('two-at-once')).toHaveLength(2)
})

test('a pusher who leaves in the middle of the build does not stop it', async () => {
  const { repository, url } = await prepared('leaver')
  const commit = await repository.commit({ 'bin/compile': '#!/bin/sh\nsleep 0.5\n' })
  const authorization = `http.extraHeader=Authorization: Bearer ${session.emulator.token}`
  const push = spawn('git', ['-c', authorization, 'push', url, 'main'], {
    cwd: repository.directory,
    detached: true,
  })
  await eventually('the build', async () => {
    const { body } = await session.call('GET', '/apps/leaver/builds')
    return (body as unknown as unknown[]).length > 0 ? true : undefined
  })
  process.kill(-(push.pid ?? 0), 'SIGKILL')
  await once(push, 'close')
  await eventually('the release', async () => ((await releases('leaver')).length > 0 ? true : undefined))
  await eventually('the ref', async () => {
    const { output } = await repository.git('ls-remote', url, 'main')
    return output.includes(commit) ? true : undefined
  })
})

test('platform faults: a rejected push, a failing build; then all is well', async () => {
  const { repository } = await prepared('faulty')
  const set = (fault: string) => session.call('POST', '/_emulator/faults', { fault, app: 'faulty', times: 1 })
  const refused = async (why: string) => {
    const { exitCode, output } = await repository.push('faulty')
    expect(output).toContain(why)
    expect(exitCode).toBe(1)
  }
  await set('push rejected')
  await refused('Push rejected')
  await set('build fails')
  await refused('failed to compile')
  expect(await releases('faulty')).toEqual([])
  expect((await session.call('GET', '/_emulator/faults')).body).toEqual({ http: [], platform: [] })
  await session.call('POST', '/_emulator/faults', { path: 'git-receive-pack$', reset: true, times: 1 })
  expect((await repository.push('faulty')).exitCode).toBe(128)
  expect((await session.call('POST', '/_emulator/faults', { path: '(' })).status).toBe(422)
  expect((await session.call('DELETE', '/_emulator/faults')).body).toEqual({})
  expect((await repository.push('faulty')).exitCode).toBe(0)
  const operations = (await session.call('GET', '/_emulator/operations')).body as unknown as {
    name: string
    finishedAt: number | null
  }[]
  const [push] = operations.filter(({ name }) => name === 'push').slice(-1)
  expect(push?.finishedAt).toBeGreaterThan(0)
})
