import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

const execute = promisify(execFile)

/** What the checks share: a throw-away home with a repository in it, the environment, and a look behind the commands. */
export interface World {
  readonly directory: string
  readonly repository: string
  readonly environment: Readonly<Record<string, string>>
  /** The JSON of a GET; throws for a status that is no success. */
  readonly get: <T>(path: string) => Promise<T>
  /** A request of the emulator's own: faults. */
  readonly post: (path: string, body?: unknown) => Promise<void>
  /** Asks until `check` gives something; rejects with `what` after a minute. */
  readonly eventually: <T>(what: string, check: () => Promise<T | undefined>) => Promise<T>
  readonly query: (app: string, sql: string) => Promise<unknown[]>
  /** Commits the files to the repository's main branch. */
  readonly commit: (files: Readonly<Record<string, string>>) => Promise<void>
}

export async function createWorld(
  directory: string,
  commands: string,
  exported: Readonly<Record<string, string>>,
): Promise<World> {
  const home = path.join(directory, 'home')
  const repository = path.join(directory, 'repository')
  await mkdir(home, { recursive: true })
  await mkdir(repository)
  const environment = {
    ...exported,
    PATH: [commands, process.env['PATH'] ?? ''].join(path.delimiter),
    HOME: home,
    NO_COLOR: '1',
    TERM: 'xterm',
    GIT_AUTHOR_NAME: 'A person',
    GIT_AUTHOR_EMAIL: 'person@example.com',
    GIT_COMMITTER_NAME: 'A person',
    GIT_COMMITTER_EMAIL: 'person@example.com',
    GIT_TERMINAL_PROMPT: '0',
  }
  const git = (...args: string[]) => execute('git', args, { cwd: repository, env: environment })
  await git('init', '--quiet', '--initial-branch=main')
  const call = createCall(exported)
  const get = async <T>(address: string) => (await call('GET', address)) as T
  return {
    directory,
    repository,
    environment,
    get,
    post: async (address, body) => void (await call('POST', address, body)),
    eventually,
    async query(app, sql) {
      const { DATABASE_URL: url } = await get<Record<string, string>>(`/apps/${app}/config-vars`)
      return await queryDatabase(url ?? '', sql)
    },
    async commit(files) {
      for (const [name, text] of Object.entries(files)) await writeFile(path.join(repository, name), text)
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '--message', 'Change')
    },
  }
}

function createCall(exported: Readonly<Record<string, string>>) {
  return async (method: string, address: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(address, exported['HEROKU_HOST']), {
      method,
      headers: {
        Accept: 'application/vnd.heroku+json; version=3',
        Authorization: `Bearer ${exported['HEROKU_API_KEY']}`,
        'Content-Type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${address} answers ${response.status}`)
    return await response.json()
  }
}

async function queryDatabase(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 60_000
  for (;;) {
    const found = await check()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`within a minute there was not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
