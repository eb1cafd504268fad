import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Answers with its port, by which it can be reached without the router. */
const server = `
const { createServer } = require('node:http')
const server = createServer((request, response) => {
  response.setHeader('Content-Length', 5)
  response.end(process.env.PORT)
}).listen(process.env.PORT)
// Longer than the router keeps an idle connection, as Heroku asks of every app.
server.keepAliveTimeout = 95_000
process.on('SIGTERM', () => process.exit(0))
`

export interface RunningApp {
  /** The router's address. */
  readonly address: string
  /** Those of the dynos themselves. */
  readonly dynos: readonly string[]
}

export type Call = <T>(method: string, path: string, body?: unknown) => Promise<T>

/** Calls the emulator at `host` with its key; rejects for a status that is no success. */
export function createCall(host: string, key: string): Call {
  return async <T>(method: string, address: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(address, host), {
      method,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${address} answers ${response.status}`)
    return (await response.json()) as T
  }
}

/** The slug of an app that does nothing but answer, as a tarball. */
export async function packSlug(directory: string): Promise<Buffer> {
  const app = path.join(directory, 'app')
  await mkdir(app, { recursive: true })
  await writeFile(path.join(app, 'server.js'), server)
  const file = path.join(directory, 'slug.tgz')
  await execute('tar', ['-czf', file, '-C', directory, './app'])
  return await readFile(file)
}

/** Makes an app of that many web dynos and waits until all of them answer. */
export async function startApp(
  call: Call,
  name: string,
  quantity: number,
  slug: Buffer,
): Promise<RunningApp> {
  const { web_url: address } = await call<{ web_url: string }>('POST', '/apps', { name })
  const processTypes = { process_types: { web: 'exec node server.js' } }
  const made = await call<{ id: string; blob: { url: string } }>('POST', `/apps/${name}/slugs`, processTypes)
  await fetch(made.blob.url, { method: 'PUT', body: new Uint8Array(slug) })
  await call('POST', `/apps/${name}/releases`, { slug: made.id })
  await call('PATCH', `/apps/${name}/formation`, { updates: [{ type: 'web', quantity }] })
  return { address, dynos: await findDynos(address, quantity) }
}

/** Seconds that the dynos of one app may take to boot on a busy machine. */
const bootDeadline = 120

async function findDynos(address: string, quantity: number): Promise<string[]> {
  const end = performance.now() + bootDeadline * 1000
  const found = new Set<string>()
  while (found.size < quantity) {
    if (performance.now() > end) throw new Error(`Only ${found.size} of ${quantity} dynos answer`)
    const response = await fetch(address)
    if (response.ok) found.add(`http://127.0.0.1:${await response.text()}`)
    else await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return [...found]
}
