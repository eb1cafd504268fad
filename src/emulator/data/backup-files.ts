import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createReadStream, mkdirSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { notFound } from '../http/errors.ts'
import type { Transfer } from '../model.ts'
import type { Platform, Store } from '../platform.ts'

/** Where dumps lie and how they are fetched. */
export interface BackupFiles {
  path(uuid: string): string
  /** The address that a transfer shows as to_url: it names the dump for a restore, and cannot be fetched. */
  address(uuid: string): string
  /** An address from which anybody can fetch the dump until it expires. */
  publicUrl(uuid: string): { readonly url: string; readonly expires_at: string }
  /** The uuid that an address of this emulator names, whatever its port was; undefined for every other address. */
  uuidOf(address: string): string | undefined
  remove(transfer: Transfer): Promise<void>
  /** Removes the files that belong to no whole backup of a living app: left by a kill, or by an app that is gone. */
  sweep(): Promise<void>
}

/** A public address lives this long, milliseconds. */
const lifetime = 3_600_000
const pattern = /^\/backups\/([\da-f-]{36})\.sql$/

/** The dumps of the emulator, below its state directory, and the route that serves them. */
export function createBackupFiles(server: FastifyInstance, platform: Platform): BackupFiles {
  const directory = path.join(platform.store.directory, 'backups')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const key = randomBytes(32)
  const sign = (uuid: string, expires: string) =>
    createHmac('sha256', key).update(`${uuid} ${expires}`).digest('hex')
  const file = (uuid: string) => path.join(directory, `${uuid}.sql`)

  server.get<{ Params: { file: string }; Querystring: { expires?: string; signature?: string } }>(
    '/backups/:file',
    { config: { public: true } },
    async (request, reply) => {
      const uuid = pattern.exec(`/backups/${request.params.file}`)?.[1] ?? ''
      const { expires = '', signature = '' } = request.query
      if (!equal(signature, sign(uuid, expires)) || !(Number(expires) > Date.now())) throw notFound('backup')
      const found = await stat(file(uuid)).catch(() => undefined)
      if (found === undefined) throw notFound('backup')
      return await reply
        .type('application/octet-stream')
        .header('Content-Length', found.size)
        .send(createReadStream(file(uuid)))
    },
  )

  return {
    path: file,
    address: (uuid) => `${platform.baseUrl}/backups/${uuid}.sql`,
    publicUrl(uuid) {
      const expires = Date.now() + lifetime
      const query = `expires=${expires}&signature=${sign(uuid, String(expires))}`
      // Heroku's are on https, and its CLI fetches nothing else.
      const url = `${platform.baseUrl.replace('http:', 'https:')}/backups/${uuid}.sql?${query}`
      return { url, expires_at: new Date(expires).toISOString() }
    },
    uuidOf: (address) => (URL.canParse(address) ? pattern.exec(new URL(address).pathname)?.[1] : undefined),
    remove: ({ uuid }) => rm(file(uuid), { force: true }),
    async sweep() {
      const kept = new Set(wholeBackups(platform.store).map(({ uuid }) => `${uuid}.sql`))
      const names = (await readdir(directory)).filter((name) => !kept.has(name))
      await Promise.all(names.map((name) => rm(path.join(directory, name), { force: true })))
    },
  }
}

function wholeBackups(store: Store): Transfer[] {
  return store
    .transfers()
    .filter(
      (each) => each.succeeded === true && each.deletedAt === null && store.app(each.appId) !== undefined,
    )
}

function equal(a: string, b: string): boolean {
  const [given, wanted] = [Buffer.from(a), Buffer.from(b)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
