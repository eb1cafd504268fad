import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Addon, App } from '../model.ts'
import type { Platform } from '../platform.ts'
import { postgresService } from '../postgres/plans.ts'
import { publishAttachment } from './attach.ts'
import type { Background } from './background.ts'

/** The document that remembers what is copied into which add-on, should the emulator die meanwhile. */
const document = 'provisioning'
type Sources = Readonly<Record<string, string>>

/** A new add-on document, not yet stored. */
export function newAddon(app: App, plan: string, name: string | undefined, now: string): Addon {
  const hex = () => randomBytes(10).toString('hex')
  return {
    id: randomUUID(),
    name: name ?? `postgresql-${pick(shapes)}-${randomInt(10_000, 100_000)}`,
    appId: app.id,
    service: postgresService,
    plan,
    state: 'provisioning',
    createdAt: now,
    updatedAt: now,
    database: { name: `d${hex()}`, user: `u${hex()}`, password: `p${randomBytes(32).toString('hex')}` },
  }
}

const shapes = [
  'angular',
  'animate',
  'concave',
  'convex',
  'cubed',
  'curly',
  'flat',
  'globular',
  'round',
  'solid',
]

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'round'
}

/** Makes the database behind an add-on; its attachments are published and its state changes when it can be used. */
export function provision(platform: Platform, background: Background, addon: Addon, from?: Addon): void {
  remember(platform, addon, from)
  background.run(async (signal) => {
    try {
      // Both to their end, so that nothing runs on when the server has closed.
      const parts = await Promise.allSettled([
        createDatabase(platform, addon, from),
        platform.clock.sleep(platform.durations.provisioning, signal),
      ])
      for (const part of parts) if (part.status === 'rejected') throw part.reason
      finish(platform, addon)
    } catch (error) {
      // A closing emulator goes on with it at the next start.
      if (!signal.aborted) await giveUp(platform, addon, error)
    }
  })
}

/** Goes on with what a stopped emulator had begun, from the beginning. */
export function resumeProvisioning(platform: Platform, background: Background): void {
  const sources = platform.store.read<Sources>(document) ?? {}
  for (const addon of platform.store.addons()) {
    if (addon.state !== 'provisioning') continue
    const from = platform.store.addons().find(({ id }) => id === sources[addon.id])
    provision(platform, background, addon, from)
  }
}

async function createDatabase(platform: Platform, addon: Addon, from: Addon | undefined): Promise<void> {
  // Of an earlier, interrupted attempt.
  await platform.databases.remove(addon)
  await platform.databases.create(addon, from)
  // Destroyed meanwhile: nobody else knows of the database that came after the removal.
  if (!exists(platform, addon)) await platform.databases.remove(addon)
}

function finish(platform: Platform, addon: Addon): void {
  forget(platform, addon)
  if (!exists(platform, addon)) return
  for (const attachment of platform.store.attachments().filter(({ addonId }) => addonId === addon.id)) {
    const app = platform.store.app(attachment.appId)
    if (app !== undefined) publishAttachment(platform, app, addon, attachment)
  }
  addon.state = 'provisioned'
  addon.updatedAt = platform.clock.now()
  platform.store.saveAddon(addon)
}

async function giveUp(platform: Platform, addon: Addon, error: unknown): Promise<void> {
  platform.logs.write(addon.appId, 'app', 'api', `Provisioning ${addon.name} failed: ${String(error)}`)
  forget(platform, addon)
  for (const attachment of platform.store.attachments().filter(({ addonId }) => addonId === addon.id))
    platform.store.removeAttachment(attachment)
  addon.state = 'deprovisioned'
  platform.store.removeAddon(addon)
  await platform.databases.remove(addon)
}

function exists(platform: Platform, addon: Addon): boolean {
  return platform.store.addons().some(({ id }) => id === addon.id)
}

function remember(platform: Platform, addon: Addon, from: Addon | undefined): void {
  if (from === undefined) return
  const sources = platform.store.read<Sources>(document) ?? {}
  platform.store.write(document, { ...sources, [addon.id]: from.id })
}

function forget(platform: Platform, addon: Addon): void {
  const sources = platform.store.read<Sources>(document)
  if (sources?.[addon.id] === undefined) return
  const rest = Object.entries(sources).filter(([id]) => id !== addon.id)
  platform.store.write(document, Object.fromEntries(rest))
}
