import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { ServerAddress } from './administrator.ts'
import { dumpHeader } from './dump-file.ts'
import { dumpWorkerScript } from './dump-worker.ts'
import { createClientTurns, createServerTurns } from './protocol.ts'

export interface DumpSource extends ServerAddress {
  readonly database: string
  readonly owner: string
}

/** Seen in pg_stat_activity while a dump runs, as on Heroku. */
const applicationName = 'pg_dump'
/** A server that says nothing for this long has hung, milliseconds. A dump waits for table locks like any other session. */
const silenceDeadline = 600_000

/**
 * Writes a dump of one moment of the database into `file`, which appears only when it is whole. pg_dump itself (compiled to
 * WebAssembly) runs in a thread; this thread only carries bytes between it and the server, so nothing here waits.
 * `onProgress` receives the bytes that the server has sent. Rejects with the reason of `signal` when that aborts.
 */
export async function dumpDatabase(
  source: DumpSource,
  file: string,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const draft = `${file}.unfinished`
  const socket = connect(source.port, '127.0.0.1')
  socket.setNoDelay(true)
  const { worker, port, turn } = startWorker(source, draft)
  const ended = new AbortController()
  try {
    await Promise.race([
      carry(socket, port, turn, onProgress),
      finished(worker),
      aborted(signal, ended.signal),
    ])
    await rename(draft, file)
  } finally {
    ended.abort()
    // In this order: a thread that waits for an answer is ended, not answered.
    await worker.terminate()
    port.close()
    socket.destroy()
    await rm(draft, { force: true })
  }
}

/** The arguments of pg_dump. Ownership follows from the add-on; the package itself adds --inserts and the output file. */
export function dumpArguments(source: DumpSource, restrictKey: string): string[] {
  const connection = {
    host: '127.0.0.1',
    port: source.port,
    dbname: source.database,
    user: 'postgres',
    password: source.superuserPassword,
    sslmode: 'disable',
    gssencmode: 'disable',
    application_name: applicationName,
    // A dump that was given up must not wait on in the server, for a lock or with one.
    options: '-c pg_stat_statements.track=none -c client_connection_check_interval=1s',
  }
  const pairs = Object.entries(connection).map(([key, value]) => `${key}='${value}'`)
  return ['--no-owner', '--rows-per-insert=500', `--restrict-key=${restrictKey}`, '-d', pairs.join(' ')]
}

function startWorker(source: DumpSource, draft: string) {
  const { port1: port, port2 } = new MessageChannel()
  const turn = new Int32Array(new SharedArrayBuffer(4))
  const restrictKey = randomBytes(16).toString('hex')
  const worker = new Worker(dumpWorkerScript, {
    eval: true,
    stdout: true,
    stderr: true,
    env: {},
    workerData: {
      module: createRequire(import.meta.url).resolve('@electric-sql/pglite-tools/pg_dump'),
      port: port2,
      turn,
      restrictKey,
      args: dumpArguments(source, restrictKey),
      file: draft,
      header: dumpHeader({ owner: source.owner }),
    },
    transferList: [port2],
  })
  return { worker, port, turn }
}

/** Carries bytes both ways. Never resolves: the thread says when the dump is done. */
async function carry(
  socket: Socket,
  port: MessageChannel['port1'],
  turn: Int32Array,
  onProgress: (bytes: number) => void,
): Promise<never> {
  const client = createClientTurns()
  const server = createServerTurns()
  let received = 0
  let closed = false
  const wake = (answer: Uint8Array): void => {
    port.postMessage(answer)
    Atomics.store(turn, 0, 1)
    Atomics.notify(turn, 0)
  }
  return await new Promise((_resolve, reject) => {
    port.on('message', (bytes: Uint8Array) => {
      if (!closed) socket.write(bytes)
      if (!client.push(bytes) || closed) wake(new Uint8Array())
    })
    socket.on('data', (bytes) => {
      received += bytes.length
      const answer = server.push(bytes)
      onProgress(received)
      if (answer !== undefined) wake(answer)
    })
    socket.on('close', () => {
      closed = true
      // pg_dump sees the end of its connection and says why in its own words.
      wake(server.rest())
    })
    socket.on('error', () => undefined)
    socket.setTimeout(silenceDeadline, () => reject(new Error('The server stopped answering pg_dump.')))
  })
}

async function finished(worker: Worker): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', (status) => reject(new Error(`pg_dump's thread ended with status ${status}.`)))
  })
}

/** Rejects when `signal` aborts; `ended` takes the listener away again. */
async function aborted(signal: AbortSignal, ended: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: ended })
  })
}
