import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/index.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // A test reads the JSON of many shapes; what it finds is what it asserts.
  readonly body: Json
}
export type Json = Record<string, unknown> & { readonly [index: number]: Json }

export interface PushResult {
  readonly exitCode: number
  readonly output: string
}

/** A running emulator with the calls that a client makes. */
export interface Session {
  readonly emulator: Emulator
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  /** A git repository in a temporary directory. */
  readonly repository: () => Promise<Repository>
}

export interface OpenSession extends Session {
  readonly close: () => Promise<void>
}

export interface Repository {
  readonly directory: string
  git(...args: string[]): Promise<PushResult>
  /** Writes the files (null removes one) and commits; resolves with the commit. */
  commit(files: Readonly<Record<string, string | null>>): Promise<string>
  push(app: string, ...refspecs: string[]): Promise<PushResult>
}

/** Starts an emulator for `use`, and closes it afterwards, whatever happens. */
export async function withSession<T>(
  options: EmulatorOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(options)
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}

/** A busy machine is no reason for a dyno of a test to be called crashed or slow. */
const patience = { bootTimeout: 3600, bootQueue: 3600, requestTimeout: 3600 }

/** For the tests of a file that can share an emulator, because each has an app of its own. */
export async function openSession(options: EmulatorOptions): Promise<OpenSession> {
  const durations = { ...patience, ...options.durations }
  const emulator = await startEmulator({ timeScale: 0.02, ...options, durations })
  const scratch = await mkdtemp(path.join(tmpdir(), 'lockkeeper-session-'))
  return {
    emulator,
    call: (method, path, body, headers) => call(emulator, method, path, body, headers),
    repository: () => openRepository(emulator, scratch),
    async close() {
      await emulator.close()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

async function call(
  emulator: Emulator,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, emulator.url), {
    method,
    headers: {
      Accept: 'application/vnd.heroku+json; version=3',
      Authorization: `Bearer ${emulator.token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parse(text) }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return { text }
  }
}

async function openRepository(emulator: Emulator, scratch: string): Promise<Repository> {
  const directory = await mkdtemp(path.join(scratch, 'repository-'))
  const git = (...args: string[]) => runGit(directory, emulator, args)
  await git('init', '--quiet', '--initial-branch=main')
  return {
    directory,
    git,
    async commit(files) {
      for (const [name, content] of Object.entries(files)) await place(path.join(directory, name), content)
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '--message', 'Change')
      return (await git('rev-parse', 'HEAD')).output.trim()
    },
    push: (app, ...refspecs) =>
      git('push', `${emulator.url}/${app}.git`, ...(refspecs.length === 0 ? ['main'] : refspecs)),
  }
}

async function place(file: string, content: string | null): Promise<void> {
  if (content === null) return await rm(file)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, content)
  if (content.startsWith('#!')) await chmod(file, 0o755)
}

function runGit(directory: string, emulator: Emulator, args: readonly string[]): Promise<PushResult> {
  const authorization = Buffer.from(`:${emulator.token}`).toString('base64')
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Tester',
    GIT_AUTHOR_EMAIL: 'tester@example.com',
    GIT_COMMITTER_NAME: 'Tester',
    GIT_COMMITTER_EMAIL: 'tester@example.com',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${authorization}`,
  }
  return new Promise((resolve) => {
    execFile('git', args, { cwd: directory, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ exitCode, output: stdout + stderr })
    })
  })
}

/** Asks until `check` gives something, or fails with what was last asked for after a deadline of real time. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined>,
  seconds = 20,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const found = await check()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
