import { randomUUID } from 'node:crypto'
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { ZodError } from 'zod'
import type { Clock } from '../platform.ts'
import { isAuthorized } from './authorization.ts'
import { apiError, ApiError, errorBody, invalidParams } from './errors.ts'
import { applyHttpFault, type HttpFaults } from './http-faults.ts'
import type { RateLimit } from './rate-limit.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token: unguessable addresses, and git, which has a challenge of its own. */
    public?: boolean
    /** Costs nothing of the account's quota. */
    uncounted?: boolean
  }
}

export interface ServerParts {
  readonly token: string
  readonly clock: Clock
  readonly httpFaults: HttpFaults
  readonly rateLimit: RateLimit
  /** Receives a line per request and the stack of each unexpected error. */
  readonly log: (line: string) => void
}

/** Paths of the emulator's own, which faults never meet. */
const adminPrefix = '/_emulator/'

/** A server with Heroku's manners: authentication, quota, Request-Id, error bodies and faults; the routes come later. */
export function createServer(parts: ServerParts): FastifyInstance {
  const server = fastify({
    forceCloseConnections: true,
    bodyLimit: 16 * 1024 * 1024,
    routerOptions: { maxParamLength: 500 },
  })
  readBodies(server)
  server.addHook('onRequest', async (request, reply) => {
    reply.raw.setHeader('Request-Id', randomUUID())
    const path = request.raw.url ?? '/'
    if (!path.startsWith(adminPrefix)) {
      const fault = parts.httpFaults.take(request.method, path)
      if (fault !== undefined) await applyHttpFault(fault, reply, parts.clock)
      if (reply.sent) return reply
    }
    admit(parts, reply)
    return undefined
  })
  server.addHook('onResponse', async (request, reply) => {
    const milliseconds = Math.round(reply.elapsedTime)
    parts.log(`${request.method} ${request.url} ${reply.raw.statusCode} ${milliseconds} ms`)
  })
  server.setErrorHandler((error: FastifyError | Error, _request, reply) => sendError(error, reply, parts.log))
  server.setNotFoundHandler(() => {
    throw apiError(404, 'not_found', 'The requested API endpoint was not found.')
  })
  return server
}

/** JSON is parsed, an empty body is none, and everything else is handed to its route as a stream. */
function readBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(/^application\/(.+\+)?json/, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : JSON.parse(body.toString()))
    } catch {
      done(apiError(400, 'bad_request', 'The request body is not valid JSON.'))
    }
  })
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
}

function admit({ token, rateLimit }: ServerParts, reply: FastifyReply): void {
  const { request } = reply
  const { config } = request.routeOptions
  if (config.public === true) return
  if (!isAuthorized(request.headers.authorization, token)) {
    throw apiError(401, 'unauthorized', 'Invalid credentials provided.')
  }
  const free = config.uncounted === true || request.url.startsWith(adminPrefix)
  const admitted = free || rateLimit.take()
  reply.raw.setHeader('RateLimit-Remaining', String(rateLimit.remaining()))
  if (!admitted) {
    if (rateLimit.retryAfter > 0) reply.raw.setHeader('Retry-After', String(rateLimit.retryAfter))
    throw apiError(
      429,
      'rate_limit',
      'Your account reached the API rate limit. Please wait a few minutes before making new requests.',
    )
  }
}

function sendError(
  error: FastifyError | Error,
  reply: FastifyReply,
  log: (line: string) => void,
): FastifyReply {
  const known = asApiError(error)
  if (known.status >= 500) log(error.stack ?? error.message)
  return reply.code(known.status).send(errorBody(known))
}

function asApiError(error: FastifyError | Error): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof ZodError) {
    const [issue] = error.issues
    const where = issue?.path.join('.') ?? ''
    return invalidParams(
      `${where === '' ? 'Invalid request' : `Invalid ${where}`}: ${issue?.message ?? 'not understood'}`,
    )
  }
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500
  if (status >= 400 && status < 500) return apiError(status, 'bad_request', error.message)
  return apiError(500, 'internal_server_error', 'Internal server error.')
}
