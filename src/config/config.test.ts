import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig, type Config, type ConfigFlags } from './config.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lockkeeper-config-'))
})
afterEach(() => rm(directory, { recursive: true }))

const key = { HEROKU_API_KEY: 'key' }

async function load(
  environment: Record<string, string> = {},
  flags: ConfigFlags = { app: 'x' },
): Promise<Config> {
  return loadConfig({ directory, flags, environment: { HOME: directory, ...key, ...environment } })
}

function addRemote(name: string, url: string): void {
  execFileSync('git', ['init', '--quiet', directory])
  execFileSync('git', ['-C', directory, 'remote', 'add', name, url])
}

describe('the app', () => {
  test('is the flag before the variable, the file and the remote', async () => {
    addRemote('heroku', 'https://git.heroku.com/of-the-remote.git')
    await writeFile(join(directory, 'lockkeeper.yml'), 'app: of-the-file\n')
    const environment = { HEROKU_APP: 'of-the-environment' }
    expect((await load(environment, { app: 'of-the-flag' })).app).toBe('of-the-flag')
    expect((await load(environment, {})).app).toBe('of-the-environment')
    expect((await load({}, {})).app).toBe('of-the-file')
    await rm(join(directory, 'lockkeeper.yml'))
    expect((await load({}, {})).app).toBe('of-the-remote')
  })

  test('is that of the remote that was named', async () => {
    addRemote('staging', 'https://git.heroku.com/x-staging.git')
    expect((await load({}, { remote: 'staging' })).app).toBe('x-staging')
  })

  test('that is missing is told with the three ways to say it', async () => {
    const error: unknown = await load({}, {}).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ exitCode: 2 })
    const text = JSON.stringify(error)
    for (const way of ['--app', 'HEROKU_APP', 'lockkeeper.yml', 'git:remote']) expect(text).toContain(way)
  })

  test.each(['../x', 'X', 'a b', '-x', 'a/b'])('cannot be called "%s"', async (app) => {
    await expect(load({}, { app })).rejects.toMatchObject({ exitCode: 2 })
  })
})

describe('a nightly deploy', () => {
  test.each<[Record<string, string>, boolean | undefined, boolean]>([
    [{}, undefined, false],
    [{ NIGHTLY_BUILD: 'true' }, undefined, true],
    [{ RUN_NIGHTLY_BUILD: 'TRUE' }, undefined, true],
    [{ NIGHTLY_BUILD: 'false', RUN_NIGHTLY_BUILD: '' }, undefined, false],
    [{}, true, true],
    [{ NIGHTLY_BUILD: 'true' }, false, false],
  ])('with %o and the flag %s is %s', async (environment, nightly, expected) => {
    expect((await load(environment, { app: 'x', nightly })).nightly).toBe(expected)
  })

  test('is not guessed from another word', async () => {
    await expect(load({ NIGHTLY_BUILD: 'perhaps' })).rejects.toMatchObject({ exitCode: 2 })
  })
})

describe('the addresses', () => {
  test.each<[Record<string, string>, string, string, string]>([
    [{}, 'https://api.heroku.com', 'https://api.data.heroku.com', 'https://git.heroku.com/'],
    [
      { HEROKU_HOST: 'staging.herokudev.com' },
      'https://api.staging.herokudev.com',
      'https://api.data.heroku.com',
      'https://git.staging.herokudev.com/',
    ],
    [
      { HEROKU_HOST: 'http://127.0.0.1:5000', HEROKU_DATA_HOST: '127.0.0.2' },
      'http://127.0.0.1:5000',
      'http://127.0.0.2:5000',
      'http://127.0.0.1:5000/',
    ],
    [
      { HEROKU_HOST: 'http://127.0.0.1:5000/', HEROKU_GIT_HOST: '127.0.0.1:5000' },
      'http://127.0.0.1:5000',
      'http://127.0.0.1:5000',
      'http://127.0.0.1:5000/',
    ],
    [
      { HEROKU_HOST: 'https://localhost:5443', HEROKU_DATA_HOST: 'localhost' },
      'https://localhost:5443',
      'https://localhost:5443',
      'https://localhost:5443/',
    ],
    [
      { HEROKU_DATA_HOST: 'data.example.com', HEROKU_GIT_HOST: 'git.example.com:8443' },
      'https://api.heroku.com',
      'https://data.example.com',
      'https://git.example.com:8443/',
    ],
  ])('with %o', async (environment, apiUrl, dataUrl, gitUrl) => {
    const { heroku } = await load(environment)
    expect(heroku).toEqual({ apiUrl, dataUrl, gitUrl, token: 'key' })
  })

  test.each<Record<string, string>>([
    { HEROKU_HOST: 'http://10.1.2.3:5000' },
    { HEROKU_HOST: 'http://api.heroku.com' },
    { HEROKU_HOST: 'http://127.0.0.1.evil.example' },
    { HEROKU_HOST: 'http://127.0.0.1:5000', HEROKU_DATA_HOST: 'api.data.heroku.com' },
    { HEROKU_DATA_HOST: 'http://127.0.0.1:5000' },
    { HEROKU_DATA_HOST: 'user@data.example.com' },
    { HEROKU_HOST: 'a b' },
    { LOCKKEEPER_TIME_SCALE: '0' },
    { LOCKKEEPER_TIME_SCALE: '-1' },
    { LOCKKEEPER_TIME_SCALE: 'fast' },
    { LOCKKEEPER_TIME_SCALE: '2' },
  ])('%o is refused', async (environment) => {
    await expect(load(environment)).rejects.toMatchObject({ exitCode: 2 })
  })

  test('a faster platform has a time scale', async () => {
    expect((await load({ LOCKKEEPER_TIME_SCALE: '0.02' })).timeScale).toBe(0.02)
    expect((await load()).timeScale).toBe(1)
  })
})

describe('the API key', () => {
  const netrc = (text: string) => writeFile(join(directory, '.netrc'), text)
  const none = { HEROKU_API_KEY: '' }

  test('is the variable before ~/.netrc', async () => {
    await netrc('machine api.heroku.com login a password of-the-file\n')
    expect((await load()).heroku.token).toBe('key')
    expect((await load(none)).heroku.token).toBe('of-the-file')
  })

  test('is found by host and port', async () => {
    await netrc(
      'machine 127.0.0.1 login a password b\nmachine 127.0.0.1:5000\n  login machine\n  password local\n',
    )
    expect((await load({ ...none, HEROKU_HOST: 'http://127.0.0.1:5000' })).heroku.token).toBe('local')
  })

  test.each([
    '',
    'machine git.heroku.com login a password b',
    '# machine api.heroku.com login a password b',
    'machine api.heroku.com login a',
    'default login a password b',
  ])('that is missing in "%s" is told with the ways to get one', async (text) => {
    await netrc(text)
    const error: unknown = await load(none).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ exitCode: 7 })
    expect(JSON.stringify(error)).toContain('heroku authorizations:create')
  })

  test('with a line break in it is refused, and not shown', async () => {
    const error: unknown = await load({ HEROKU_API_KEY: 'secret\nkey' }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ exitCode: 7 })
    expect(String(error)).not.toContain('secret')
  })
})

test('flags win over the file', async () => {
  await writeFile(join(directory, 'lockkeeper.yml'), 'database: BLUE\nrollback: { database: keep }\n')
  expect(await load()).toMatchObject({ database: 'BLUE', rollback: { database: 'keep' } })
  expect(await load({}, { app: 'x', database: 'GREEN', rollbackDatabase: 'restore' })).toMatchObject({
    database: 'GREEN',
    rollback: { database: 'restore' },
  })
})
