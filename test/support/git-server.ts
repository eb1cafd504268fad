import { execFileSync, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface GitServer {
  /** The address of the one repository. */
  readonly url: string
  readonly repository: string
  /** Basic passwords that were sent, in order; undefined where none was. */
  readonly passwords: (string | undefined)[]
  /** A shell script that judges each push. */
  preReceive(script: string): Promise<void>
  /** Plays instead of the next answers; undefined lets one pass. */
  readonly trouble: (((response: ServerResponse) => unknown) | undefined)[]
  close(): Promise<void>
}

/** A bare repository behind git's own http-backend that takes pushes with the right password only. */
export async function startGitServer(password: string): Promise<GitServer> {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-git-server-'))
  const repository = join(directory, 'x.git')
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository])
  execFileSync('git', ['-C', repository, 'config', 'http.receivepack', 'true'])
  const passwords: (string | undefined)[] = []
  const trouble: GitServer['trouble'] = []
  const server = createServer((request, response) => {
    const given = readPassword(request)
    passwords.push(given)
    const play = trouble.shift()
    if (play) return void play(response)
    if (given === password) return runBackend(directory, request, response)
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/x.git`,
    repository,
    passwords,
    trouble,
    preReceive: async (script) => {
      const path = join(repository, 'hooks', 'pre-receive')
      await mkdir(join(repository, 'hooks'), { recursive: true })
      await writeFile(path, `#!/bin/sh\n${script}\n`)
      await chmod(path, 0o755)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function readPassword({ headers }: IncomingMessage): string | undefined {
  const basic = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1]
  return basic && Buffer.from(basic, 'base64').toString().split(':')[1]
}

/** One CGI call: headers up to an empty line, then the body. */
function runBackend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://localhost')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'x',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
    // A group of its own, so that a hook ends with it.
    detached: true,
  })
  response.on('close', () => endGroup(backend.pid))
  request.pipe(backend.stdin)
  backend.stdin.on('error', () => undefined)
  let head: Buffer | undefined = Buffer.alloc(0)
  backend.stdout.on('data', (chunk: Buffer) => {
    if (!head) return void response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end === -1) return
    sendHead(response, head.subarray(0, end).toString())
    response.write(head.subarray(end + 4))
    head = undefined
  })
  backend.stdout.on('end', () => response.end())
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function sendHead(response: ServerResponse, head: string): void {
  for (const line of head.split('\r\n')) {
    const [name = '', value = ''] = line.split(/:\s*(.*)/)
    if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
    else response.setHeader(name, value)
  }
}
