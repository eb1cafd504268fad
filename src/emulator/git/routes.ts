import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { isAuthorized } from '../http/authorization.ts'
import { apiError, notFound } from '../http/errors.ts'
import { openLive } from '../http/live.ts'
import type { App } from '../model.ts'
import { createQueue, type Queue } from '../queue.ts'
import { serveGit } from './http-backend.ts'
import { receive } from './receive.ts'

const hookPath = '/_emulator/git/pre-receive'
const hookBody = z.object({
  app: z.string(),
  updates: z.array(z.object({ before: z.string(), after: z.string(), ref: z.string() })),
  environment: z.record(z.string(), z.string()),
})

/** Git's smart HTTP at /<app>.git, and the address that its hook calls. */
export function registerGit(server: FastifyInstance, plane: ControlPlane): void {
  const secret = randomBytes(32).toString('hex')
  registerSmartHttp(server, plane, secret)
  registerHook(server, plane, secret)
}

function registerSmartHttp(server: FastifyInstance, plane: ControlPlane, secret: string): void {
  const pushes = createQueue()
  server.route<{ Params: { repository: string; '*': string } }>({
    method: ['GET', 'POST'],
    url: '/:repository(^[^/]+\\.git$)/*',
    config: { public: true },
    handler: async (request, reply) => {
      if (!isAuthorized(request.headers.authorization, plane.token)) {
        return await reply
          .code(401)
          .header('WWW-Authenticate', 'Basic realm="Heroku Git"')
          .type('text/plain')
          .send('Invalid credentials provided.\n')
      }
      const app = plane.store.app(request.params.repository.replace(/\.git$/, ''))
      if (app === undefined) return await reply.code(404).type('text/plain').send('No such app.\n')
      return await answer(plane, pushes, secret, app, request.params['*'], request, reply)
    },
  })
}

function registerHook(server: FastifyInstance, plane: ControlPlane, secret: string): void {
  server.post(hookPath, { config: { public: true } }, async (request, reply) => {
    if (!sameSecret(request.headers['x-hook-secret'], secret)) {
      throw apiError(401, 'unauthorized', 'Not the hook.')
    }
    const { app: id, ...push } = hookBody.parse(request.body)
    const app = plane.store.app(id)
    if (app === undefined) throw notFound('app')
    const live = openLive(reply, { status: 200, contentType: 'application/x-ndjson' })
    const send = (message: { text: string } | { accepted: boolean }) =>
      live.write(`${JSON.stringify(message)}\n`)
    const write = (text: string) => send({ text })
    const accepted = await receive(plane, { ...push, app, write }).catch((error: unknown) => {
      write(` !     Internal error: ${String(error)}\n`)
      return false
    })
    send({ accepted })
    live.end()
    return reply
  })
}

async function answer(
  plane: ControlPlane,
  pushes: Queue,
  secret: string,
  app: App,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const repository = await plane.repositories.open(app)
  const serve = async () =>
    await serveGit(plane.watch, request.raw, reply.raw, {
      root: plane.repositories.directory,
      path: `${repository.slice(plane.repositories.directory.length)}/${path}`,
      query: request.raw.url?.split('?')[1] ?? '',
      environment: {
        EMULATOR_HOOK_URL: plane.baseUrl + hookPath,
        EMULATOR_HOOK_SECRET: secret,
        EMULATOR_HOOK_APP: app.id,
        EMULATOR_HOOK_NODE: process.execPath,
      },
    })
  reply.hijack()
  // Git asks with four bytes whether it may push, before a body of unknown length.
  const probe = request.headers['content-length'] === '4'
  if (path !== 'git-receive-pack' || probe) await serve()
  else {
    await pushes.run(app.id, async () => {
      const finished = plane.operations.start('push', app.name)
      await serve().finally(finished)
    })
  }
  return reply
}

function sameSecret(given: string | string[] | undefined, secret: string): boolean {
  return (
    typeof given === 'string' &&
    given.length === secret.length &&
    timingSafeEqual(Buffer.from(given), Buffer.from(secret))
  )
}
