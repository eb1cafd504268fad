import { execFileSync } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestRepository, type TestRepository } from '../../test/support/git-repository.ts'
import { startGitServer, type GitServer } from '../../test/support/git-server.ts'
import { gitEnvironment } from './git-environment.ts'
import { HerokuUncertainError } from './errors.ts'
import { foreseePush, pushToHeroku, readPush, type Push } from './git-push.ts'
import { remoteMainCommit } from './git.ts'

const token = 'canary-token-4f7b2c'
let repository: TestRepository
let server: GitServer
let output: string

beforeEach(async () => {
  repository = await createTestRepository()
  server = await startGitServer(token)
  output = ''
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
  await repository.remove()
})

function push(commit: string, more: Partial<Push> = {}) {
  const onOutput = (text: string): void => void (output += text)
  return pushToHeroku({
    root: repository.root,
    commit,
    url: server.url,
    token,
    onOutput,
    deadline: 60,
    ...more,
  })
}

const mainOfServer = (): string =>
  execFileSync('git', ['-C', server.repository, 'rev-parse', 'main'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()

describe('a push', () => {
  test('makes the commit main, from any branch and a detached HEAD', async () => {
    const one = await repository.commit('one')
    expect(await push(one)).toEqual({ upToDate: false })
    expect(mainOfServer()).toBe(one)
    const two = await repository.commit('two')
    repository.git('checkout', '--quiet', '--detach')
    expect(await push(two)).toEqual({ upToDate: false })
    expect(mainOfServer()).toBe(two)
    expect(await remoteMainCommit({ root: repository.root, url: server.url, token })).toBe(two)
  })

  test('says when main was the commit already', async () => {
    const one = await repository.commit('one')
    await push(one)
    expect(await push(one)).toEqual({ upToDate: true })
  })

  test('gives what the build prints, as it comes', async () => {
    await server.preReceive('echo "-----> Building"; echo "       größe"; echo " !     Done" >&2')
    await push(await repository.commit('one'))
    expect(output).toBe('-----> Building\n       größe\n !     Done\n')
  })

  test('says why the build refused it, and pushes nothing then', async () => {
    await server.preReceive('echo " !     Push rejected, failed to compile"; exit 1')
    const result = await push(await repository.commit('one'))
    expect(result).toEqual({ upToDate: false, rejected: '[remote rejected] (pre-receive hook declined)' })
    expect(output).toContain('failed to compile')
    expect(() => mainOfServer()).toThrow()
  })

  test('of a commit that does not follow is refused, and forced only when asked', async () => {
    const one = await repository.commit('one')
    await push(await repository.commit('two'))
    expect((await push(one)).rejected).toMatch(/^\[rejected\]/)
    expect(await push(one, { force: true })).toEqual({ upToDate: false })
    expect(mainOfServer()).toBe(one)
  })

  test('runs no hook of the user', async () => {
    await repository.write('.git/hooks/pre-push', '#!/bin/sh\nexit 1\n')
    execFileSync('chmod', ['+x', join(repository.root, '.git/hooks/pre-push')])
    expect(await push(await repository.commit('one'))).toEqual({ upToDate: false })
  })
})

describe('a push in trouble', () => {
  test.each([
    ['429', (response: ServerResponse) => response.writeHead(429).end()],
    ['500', (response: ServerResponse) => response.writeHead(500).end()],
    ['a reset', (response: ServerResponse) => response.socket?.resetAndDestroy()],
  ])('reaches the repository behind %s', async (_name, trouble) => {
    server.trouble.push(trouble, trouble)
    expect(await push(await repository.commit('one'))).toEqual({ upToDate: false })
  })

  test('whose end is not seen is not taken for refused, and not repeated', async () => {
    const one = await repository.commit('one')
    // The dry run asks once, the push twice: the second of those carries the commit.
    server.trouble.push(
      ...[undefined, undefined, (response: ServerResponse) => response.writeHead(500).end()],
    )
    await expect(push(one)).rejects.toBeInstanceOf(HerokuUncertainError)
    expect(server.passwords).toHaveLength(3)
  })

  test('is foreseen without a change', async () => {
    const one = await repository.commit('one')
    const options = { root: repository.root, url: server.url, token, onOutput: () => undefined, deadline: 60 }
    expect(await foreseePush({ ...options, commit: one })).toEqual({ upToDate: false })
    expect(() => mainOfServer()).toThrow()
    await push(await repository.commit('two'))
    expect((await foreseePush({ ...options, commit: one })).rejected).toMatch(/^\[rejected\]/)
  })
})

describe('a push that cannot be made', () => {
  test('with the wrong key', async () => {
    const one = await repository.commit('one')
    await expect(push(one, { token: 'wrong' })).rejects.toMatchObject({ exitCode: 7 })
    expect(server.passwords).not.toContain(token)
  })

  test('to nobody', async () => {
    const one = await repository.commit('one')
    await expect(push(one, { url: 'http://127.0.0.1:1/x.git' })).rejects.toThrow(
      /git push to .* failed \(exit code 128\)/,
    )
  })

  test('because the repository goes on failing', async () => {
    const one = await repository.commit('one')
    for (let call = 0; call < 10; call++)
      server.trouble.push((response) => response.socket?.resetAndDestroy())
    await expect(push(one)).rejects.toMatchObject({ exitCode: 7 })
    expect(server.passwords).toHaveLength(4)
  })

  test('to a server that sends it elsewhere, with the key', async () => {
    const one = await repository.commit('one')
    const elsewhere = await startGitServer(token)
    const location = `${elsewhere.url}/info/refs?service=git-receive-pack`
    for (let call = 0; call < 10; call++) {
      server.trouble.push((response) => response.writeHead(302, { location }).end())
    }
    await expect(push(one)).rejects.toMatchObject({ exitCode: 7 })
    expect(elsewhere.passwords).toEqual([])
    await elsewhere.close()
  })

  test('by its deadline', async () => {
    await server.preReceive('sleep 5')
    const one = await repository.commit('one')
    await expect(push(one, { deadline: 1 })).rejects.toThrow('git push did not end within 1 seconds.')
  })

  test('because the run is stopped', async () => {
    await server.preReceive('sleep 5')
    const one = await repository.commit('one')
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    await expect(push(one, { signal: stop.signal })).rejects.toThrow('git push was cancelled.')
  })

  test('of a commit that is not there', async () => {
    await repository.commit('one')
    await expect(push('f'.repeat(40))).rejects.toMatchObject({ exitCode: 7 })
  })
})

describe('the token', () => {
  /** Every argument list of the machine that can be read. */
  async function argumentLists(): Promise<string> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const lists = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    )
    return lists.join('\n')
  }

  test.runIf(process.platform === 'linux')('is in no argument list while the push runs', async () => {
    await server.preReceive('echo started; sleep 1')
    const one = await repository.commit('one')
    let seen = ''
    const pushing = push(one)
    const looking = (async () => {
      while (!output.includes('started')) {
        seen += await argumentLists()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      seen += await argumentLists()
    })()
    await Promise.all([pushing, looking])
    expect(seen).toContain(server.url)
    expect(seen).not.toContain(token)
    expect(seen).not.toContain(Buffer.from(`lockkeeper:${token}`).toString('base64'))
  })

  test('leaves no trace in the repository: no credential, no remote, no ref', async () => {
    const one = await repository.commit('one')
    // A configured remote of the same address must not get a tracking ref either.
    repository.git('remote', 'add', 'heroku', server.url)
    const before = { refs: repository.git('show-ref'), config: repository.git('config', '--local', '--list') }
    await push(one)
    expect({
      refs: repository.git('show-ref'),
      config: repository.git('config', '--local', '--list'),
    }).toEqual(before)
    expect(() => execFileSync('grep', ['-r', token, repository.root])).toThrow()
  })

  test('is not given to a credential helper, and no other header goes along', async () => {
    const one = await repository.commit('one')
    const stored = join(repository.root, 'stored')
    repository.git('config', 'credential.helper', `store --file=${stored}`)
    const base = `http.${new URL(server.url).origin}/.extraHeader`
    repository.git('config', base, 'Authorization: Basic d3Jvbmc6d3Jvbmc=')
    expect(await push(one)).toEqual({ upToDate: false })
    expect(await readdir(repository.root)).not.toContain('stored')
  })

  test('is in no trace that the environment asks for', async () => {
    const one = await repository.commit('one')
    vi.stubEnv('GIT_TRACE_CURL', '1')
    vi.stubEnv('GIT_CURL_VERBOSE', '1')
    vi.stubEnv('GIT_TRACE_REDACT', '0')
    const trace = join(repository.root, '.git', 'trace')
    vi.stubEnv('GIT_TRACE2_EVENT', trace)
    vi.stubEnv('GIT_TRACE2_ENV_VARS', 'GIT_CONFIG_VALUE_4')
    await push(one)
    expect(output).toBe('')
    expect(await readdir(join(repository.root, '.git'))).not.toContain('trace')
  })
})

test('settings come behind those that the environment has already', () => {
  const base = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_ASKPASS: 'x',
  }
  expect(gitEnvironment(base, [['a.b', 'c']])).toMatchObject({
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_KEY_1: 'a.b',
    GIT_CONFIG_VALUE_1: 'c',
    GIT_TERMINAL_PROMPT: '0',
  })
  expect(gitEnvironment(base)).not.toHaveProperty('GIT_ASKPASS')
})

test('an exit code without a line about main is no success', () => {
  expect(readPush({ exitCode: 0, stdout: 'Done\n', stderr: '' })).toBeUndefined()
})
