import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers one request. Writing to the response by hand covers what no status can say. */
export type Play = (response: ServerResponse, request: Asked) => unknown

export interface ScriptedServer {
  readonly url: string
  /** Every request so far, in order. */
  readonly asked: Asked[]
  /** What is played next for 'GET /path' (the query is not looked at); the last one of a script is played again and again. */
  script(call: string, ...plays: Play[]): void
  close(): Promise<void>
}

/** A JSON answer. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Play {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
  }
}

/** Resets the connection without an answer. */
export const reset: Play = (response) => response.socket?.resetAndDestroy()

/** Announces more than it sends. */
export function cut(text: string): Play {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length + 10 })
    response.write(text, () => response.socket?.destroy())
  }
}

/** Never answers. */
export const silence: Play = () => undefined

/** A server that answers by script, and 501 to what is in no script. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const scripts = new Map<string, Play[]>()
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      const method = request.method ?? ''
      const body = Buffer.concat(chunks).toString()
      const entry = { method, path, headers: request.headers, body }
      asked.push(entry)
      const plays = scripts.get(`${method} ${path.replace(/\?.*$/, '')}`)
      const play = plays && plays.length > 1 ? plays.shift() : plays?.[0]
      if (play) play(response, entry)
      else json({ id: 'unscripted', message: `${method} ${path}` }, 501)(response, entry)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    asked,
    script: (call, ...plays) => void scripts.set(call, plays),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
