import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { minimalEnvironment } from '../build/environment.ts'
import type { ProcessWatch } from '../build/run-command.ts'
import { gitIsolation } from '../build/source.ts'

export interface BackendRequest {
  /** The directory that holds the repositories. */
  readonly root: string
  /** /<repository>.git/info/refs */
  readonly path: string
  readonly query: string
  /** For the hook. */
  readonly environment: Readonly<Record<string, string>>
}

/** The CGI environment of a request to git's own server program. */
export function backendEnvironment(
  request: IncomingMessage,
  backend: BackendRequest,
): Record<string, string> {
  const { headers } = request
  const optional = {
    CONTENT_TYPE: headers['content-type'],
    CONTENT_LENGTH: headers['content-length'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    GIT_PROTOCOL: [headers['git-protocol']].flat()[0],
  }
  return {
    ...minimalEnvironment(),
    ...gitIsolation,
    ...backend.environment,
    GIT_PROJECT_ROOT: backend.root,
    GIT_HTTP_EXPORT_ALL: '1',
    GATEWAY_INTERFACE: 'CGI/1.1',
    REMOTE_USER: 'heroku',
    REMOTE_ADDR: '127.0.0.1',
    REQUEST_METHOD: request.method ?? 'GET',
    PATH_INFO: backend.path,
    QUERY_STRING: backend.query,
    ...Object.fromEntries(
      Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  }
}

/**
 * Answers a request with `git http-backend`. Resolves when the program has ended; a client that hangs up does not stop it,
 * because a push that has begun goes on.
 */
export async function serveGit(
  watch: ProcessWatch,
  request: IncomingMessage,
  response: ServerResponse,
  backend: BackendRequest,
): Promise<void> {
  const child = spawn('git', ['http-backend'], {
    env: { ...backendEnvironment(request, backend), ...watch.environment },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  if (child.pid !== undefined) watch.register(child.pid, 'build')
  try {
    await exchange(child, request, response)
  } finally {
    if (child.pid !== undefined) watch.unregister(child.pid)
  }
}

function exchange(
  child: ChildProcessWithoutNullStreams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // The program may end before it has read everything, and the client may leave in the middle of its body.
  child.stdin.on('error', () => undefined)
  request.on('error', () => child.stdin.destroy())
  request.on('aborted', () => child.stdin.destroy())
  request.pipe(child.stdin)
  child.stderr.resume()
  const answer = cgiAnswer(response)
  child.stdout.on('data', (chunk: Buffer) => {
    if (answer(chunk) || response.destroyed) return
    child.stdout.pause()
    const go = () => {
      response.off('drain', go).off('close', go)
      child.stdout.resume()
    }
    response.on('drain', go).on('close', go)
  })
  return new Promise((resolve) => {
    const end = () => {
      if (!response.headersSent) response.writeHead(500)
      response.end()
      resolve()
    }
    child.once('error', end)
    child.once('close', end)
  })
}

/** Takes the program's output: CGI headers first, then the body. Returns false when the client is slower. */
function cgiAnswer(response: ServerResponse): (chunk: Buffer) => boolean {
  let head = Buffer.alloc(0)
  return (chunk) => {
    if (response.destroyed) return true
    if (response.headersSent) return response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return true
    let status = 200
    for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
      const colon = line.indexOf(':')
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()]
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.writeHead(status)
    return response.write(head.subarray(end + 4))
  }
}
