import type { FastifyInstance } from 'fastify'
import type { Platform } from '../platform.ts'
import { createBackground } from './background.ts'
import { createBackupFiles } from './backup-files.ts'
import { registerDatabases } from './database-routes.ts'
import { registerSchedules } from './schedules.ts'
import { registerTransfers } from './transfer-routes.ts'
import { createTransferRunner, failUnfinishedTransfers } from './transfer-runner.ts'
import { createTransfers } from './transfers.ts'

/** Heroku's Postgres data API: databases, backups, restores, copies, schedules, credentials. */
export function registerDataApi(server: FastifyInstance, platform: Platform): void {
  const files = createBackupFiles(server, platform)
  // Not before: a server that finds its port taken is dropped and made again.
  server.addHook('onListen', async () => {
    failUnfinishedTransfers(platform)
    await files.sweep()
  })
  const runner = createTransferRunner(platform, createBackground(server))
  const transfers = createTransfers(platform, files, runner)
  registerDatabases(server, platform)
  registerTransfers(server, platform, transfers, files)
  registerSchedules(server, platform, transfers)
}
