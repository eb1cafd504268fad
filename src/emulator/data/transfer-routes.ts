import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { requireApp, type AppRoute } from '../api/identity.ts'
import { invalidParams } from '../http/errors.ts'
import type { App, Transfer } from '../model.ts'
import type { Platform } from '../platform.ts'
import { transferBody } from '../representation/transfer.ts'
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
const copyBody = z.object({
  from_name: z.string(),
  from_url: z.string(),
  to_name: z.string(),
  to_url: z.string(),
})
const one = '/client/v11/apps/:app/transfers/:transfer'

/** Backups, restores and copies: start, list, watch, fetch, cancel, delete. */
export function registerTransfers(
  server: FastifyInstance,
  platform: Platform,
  transfers: Transfers,
  files: BackupFiles,
): void {
  const { store, databases } = platform
  const body = (transfer: Transfer, verbose = false) => {
    const url = transfer.fromType === 'pg_dump' ? transfer.fromUrl : transfer.toUrl
    return transferBody(transfer, backupsKept(findByUrl(store, databases, url)), verbose)
  }
  const find = (params: TransferRoute['Params']): [App, Transfer] => {
    const app = requireApp(store, params.app)
    return [app, requireTransfer(store, app, params.transfer)]
  }

  server.post<DatabaseRoute>('/client/v11/databases/:db/backups', async ({ params }, reply) => {
    const transfer = await transfers.backup(requireDatabase(store, params.db))
    return await reply.code(201).send(body(transfer))
  })
  server.post<DatabaseRoute>('/client/v11/databases/:db/restores', async (request, reply) => {
    const { backup_url: url } = restoreBody.parse(request.body)
    const transfer = await transfers.restore(requireDatabase(store, request.params.db), url)
    return await reply.code(201).send(body(transfer))
  })
  server.post<DatabaseRoute>('/client/v11/databases/:db/transfers', async (request, reply) => {
    const given = copyBody.parse(request.body)
    const ends = {
      fromName: given.from_name,
      fromUrl: given.from_url,
      toName: given.to_name,
      toUrl: given.to_url,
    }
    const transfer = await transfers.copy(requireDatabase(store, request.params.db), ends)
    return await reply.code(201).send(body(transfer))
  })
  server.get<AppRoute>('/client/v11/apps/:app/transfers', async ({ params }) =>
    transfersOf(store, requireApp(store, params.app)).map((transfer) => body(transfer)),
  )
  server.get<TransferRoute>(one, async ({ params, query }) => body(find(params)[1], query.verbose === 'true'))
  server.post<TransferRoute>(`${one}/actions/public-url`, async ({ params }) => {
    const [, transfer] = find(params)
    if (transfer.toType !== 'gof3r' || transfer.succeeded !== true)
      throw invalidParams('Only a finished backup has a public address.')
    return files.publicUrl(transfer.uuid)
  })
  server.post<TransferRoute>(`${one}/actions/cancel`, async ({ params }) => {
    const [, transfer] = find(params)
    transfers.cancel(transfer)
    return body(transfer)
  })
  server.delete<TransferRoute>(one, async ({ params }) => {
    const [, transfer] = find(params)
    await transfers.remove(transfer)
    return body(transfer)
  })
}
