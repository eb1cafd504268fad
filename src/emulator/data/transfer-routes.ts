import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requireApp, type AppRoute } from '../api/identity.ts'
import { invalidParams } from '../http/errors.ts'
import type { Addon, Transfer } from '../model.ts'
import type { Platform } from '../platform.ts'
import { transferBody, type TransferBody } from '../representation/transfer.ts'
import type { BackupFiles } from './backup-files.ts'
import { requireDatabase, type DatabaseRoute } from './require-database.ts'
import { findByUrl } from './source-of-copy.ts'
import { requireTransfer, transfersOf } from './transfer-documents.ts'
import { backupsKept, type Transfers } from './transfers.ts'

interface TransferRoute {
  Params: { app: string; transfer: string }
  Querystring: { verbose?: string }
}

const restoreBody = z.object({ backup_url: z.string(), extensions: z.array(z.string()).nullish() })
const copyBody = z
  .object({ from_name: z.string(), from_url: z.string(), to_name: z.string(), to_url: z.string() })
  .transform((given) => ({
    fromName: given.from_name,
    fromUrl: given.from_url,
    toName: given.to_name,
    toUrl: given.to_url,
  }))
const one = '/client/v11/apps/:app/transfers/:transfer'

/** Backups, restores and copies: start, list, watch, fetch, cancel, delete. */
export function registerTransfers(
  server: FastifyInstance,
  platform: Platform,
  transfers: Transfers,
  files: BackupFiles,
): void {
  const { store } = platform
  const find = (params: TransferRoute['Params']): Transfer =>
    requireTransfer(store, requireApp(store, params.app), params.transfer)

  registerStarts(server, platform, transfers)
  server.get<AppRoute>('/client/v11/apps/:app/transfers', async ({ params }) =>
    transfersOf(store, requireApp(store, params.app)).map((transfer) => body(platform, transfer)),
  )
  server.get<TransferRoute>(one, async ({ params, query }) =>
    body(platform, find(params), query.verbose === 'true'),
  )
  server.post<TransferRoute>(`${one}/actions/public-url`, async ({ params }) => {
    const transfer = find(params)
    if (transfer.toType !== 'gof3r' || transfer.succeeded !== true)
      throw invalidParams('Only a finished backup has a public address.')
    return files.publicUrl(transfer.uuid)
  })
  server.post<TransferRoute>(`${one}/actions/cancel`, async ({ params }) => {
    const transfer = find(params)
    transfers.cancel(transfer)
    return body(platform, transfer)
  })
  server.delete<TransferRoute>(one, async ({ params }) => {
    const transfer = find(params)
    await transfers.remove(transfer)
    return body(platform, transfer)
  })
}

function registerStarts(server: FastifyInstance, platform: Platform, transfers: Transfers): void {
  const start = (
    action: string,
    begin: (addon: Addon, request: FastifyRequest) => Promise<Transfer>,
  ): void => {
    server.post<DatabaseRoute>(`/client/v11/databases/:db/${action}`, async (request, reply) => {
      const transfer = await begin(requireDatabase(platform.store, request.params.db), request)
      return await reply.code(201).send(body(platform, transfer))
    })
  }
  start('backups', (addon) => transfers.backup(addon))
  start('restores', async (addon, request) =>
    transfers.restore(addon, restoreBody.parse(request.body).backup_url),
  )
  start('transfers', async (addon, request) => transfers.copy(addon, copyBody.parse(request.body)))
}

function body(platform: Platform, transfer: Transfer, verbose = false): TransferBody {
  const { store, databases } = platform
  const url = transfer.fromType === 'pg_dump' ? transfer.fromUrl : transfer.toUrl
  return transferBody(transfer, backupsKept(platform, findByUrl(store, databases, url)), verbose)
}
