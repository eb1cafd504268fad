import { setTimeout as sleep } from 'node:timers/promises'
import type { EmulatorProcess } from './emulator.ts'

/** What a user does in the dashboard or with the Heroku CLI: the few calls that set the scene of a story. */
export interface PlatformClient {
  /** Throws when the answer is not a success. */
  request<T>(method: string, path: string, body?: unknown): Promise<T>
}

export interface ReleaseBody {
  readonly id: string
  readonly version: number
  readonly status: string
  readonly current: boolean
  readonly description: string
  readonly slug: { readonly id: string } | null
}
export interface AppBody {
  readonly name: string
  readonly web_url: string
  readonly maintenance: boolean
}
export interface FormationBody {
  readonly type: string
  readonly quantity: number
}
export interface DynoBody {
  readonly name: string
  readonly type: string
  readonly state: string
  readonly release: { readonly version: number }
}

const newestFirst = { Range: 'version ..; max=1000, order=desc' }

export function createPlatformClient(emulator: EmulatorProcess): PlatformClient {
  const headers = {
    Accept: 'application/vnd.heroku+json; version=3',
    Authorization: `Bearer ${emulator.token}`,
    'Content-Type': 'application/json',
  }
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(path, emulator.url), {
      method,
      headers: path.endsWith('/releases') ? { ...headers, ...newestFirst } : headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  return {
    request: <T>(method: string, path: string, body?: unknown) =>
      method === 'GET' ? repeat(() => ask<T>(method, path)) : ask<T>(method, path, body),
  }
}

/** The faults that a story sets meet the teller as well: what only reads is tried again. */
async function repeat<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (attempt === 8) throw error
      await sleep(50)
    }
  }
}

/** Creates the app with a database, which is ready when this returns. */
export async function createApp(client: PlatformClient, name: string, plan: string | null): Promise<AppBody> {
  const app = await client.request<AppBody>('POST', '/apps', { name })
  if (plan !== null) {
    const addon = await client.request<{ id: string }>('POST', `/apps/${name}/addons`, { plan })
    await waitUntil('the database is provisioned', 60_000, async () => {
      const { state } = await client.request<{ state: string }>('GET', `/apps/${name}/addons/${addon.id}`)
      return state === 'provisioned'
    })
  }
  return app
}

export async function currentRelease(client: PlatformClient, app: string): Promise<ReleaseBody> {
  const releases = await client.request<ReleaseBody[]>('GET', `/apps/${app}/releases`)
  const current = releases.find((release) => release.current)
  if (!current) throw new Error(`${app} has no current release.`)
  return current
}

/** Scales and waits until every dyno is up. */
export async function scale(
  client: PlatformClient,
  app: string,
  quantities: Readonly<Record<string, number>>,
): Promise<void> {
  const updates = Object.entries(quantities).map(([type, quantity]) => ({
    type,
    quantity,
    size: 'Standard-1X',
  }))
  await client.request('PATCH', `/apps/${app}/formation`, { updates })
  const wanted = updates.reduce((sum, { quantity }) => sum + quantity, 0)
  await waitUntil('every dyno is up', 60_000, async () => {
    const dynos = await client.request<DynoBody[]>('GET', `/apps/${app}/dynos`)
    return dynos.length === wanted && dynos.every(({ state }) => state === 'up')
  })
}

/** Asks until the answer is yes. Throws at the deadline, naming what it waited for. */
export async function waitUntil(
  what: string,
  deadlineMilliseconds: number,
  ask: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = Date.now() + deadlineMilliseconds
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`Waited ${deadlineMilliseconds / 1000} s until ${what}.`)
    await sleep(50)
  }
}
