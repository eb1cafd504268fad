/**
 * A process of its own that sends HTTP requests and tells what it saw, as one line of JSON. It speaks through plain sockets with
 * prepared bytes, so that it costs a small part of what a server costs. Its one argument is a LoadOrder.
 */
import { connect, type Socket } from 'node:net'

export interface LoadOrder {
  /** http://127.0.0.1:<port>, used in turn. */
  readonly targets: readonly string[]
  /** Requests per second, sent when they are due whatever became of those before; 0: as many as go. */
  readonly rate: number
  readonly seconds: number
  readonly connections: number
}

export interface LoadReport {
  readonly requests: number
  readonly failed: number
  /** Why, and how often. */
  readonly failures: Readonly<Record<string, number>>
  readonly perSecond: number
  /** Milliseconds from the moment a request was due to the end of its answer. */
  readonly p50: number
  readonly p99: number
  /** How much of a core this process itself has used. */
  readonly cpu: number
}

interface Lane {
  send(due: number): void
}

const latencies: number[] = []
const failures = new Map<string, number>()

function fail(why: string): void {
  failures.set(why, (failures.get(why) ?? 0) + 1)
}

/** A connection that has one request under way at most; `onFree` says that it can take the next. */
function openLane(target: string, onFree: (lane: Lane) => void): Promise<Lane> {
  const { hostname, port } = new URL(target)
  const request = Buffer.from(`GET / HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUser-Agent: load\r\n\r\n`)
  const socket: Socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  let dueAt = 0
  let received = ''
  const lane: Lane = {
    send(due) {
      dueAt = due
      received = ''
      socket.write(request)
    },
  }
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    const end = lengthOf(received)
    if (end === undefined || received.length < end) return
    if (received.startsWith('HTTP/1.1 200')) latencies.push(performance.now() - dueAt)
    else fail(received.slice(0, received.indexOf('\r\n')))
    onFree(lane)
  })
  socket.on('error', (error) => fail(error.message))
  return new Promise((resolve) => socket.once('connect', () => resolve(lane)))
}

/** Of the whole answer, head and body; undefined until the head is there. */
function lengthOf(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
  if (length === undefined) throw new Error(`An answer without a length: ${text}`)
  return head + 4 + Number(length)
}

async function run(order: LoadOrder): Promise<LoadReport> {
  const { targets, rate, seconds, connections } = order
  const free: Lane[] = []
  const due: number[] = []
  let open = true
  const onFree = (lane: Lane) => {
    const next = rate === 0 ? performance.now() : due.shift()
    if (open && next !== undefined) lane.send(next)
    else free.push(lane)
  }
  const wanted = Array.from({ length: connections }, (_, index) => targets[index % targets.length] ?? '')
  const lanes = await Promise.all(wanted.map((target) => openLane(target, onFree)))
  const cpu = process.cpuUsage()
  const start = performance.now()
  if (rate === 0) for (const lane of lanes) lane.send(start)
  else free.push(...lanes)
  for (let sent = 0; performance.now() - start < seconds * 1000;) {
    if (rate > 0) {
      const now = performance.now()
      for (; sent < ((now - start) / 1000) * rate; sent += 1) {
        const moment = start + (sent / rate) * 1000
        const lane = free.shift()
        if (lane === undefined) due.push(moment)
        else lane.send(moment)
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  open = false
  return report((performance.now() - start) / 1000, process.cpuUsage(cpu))
}

function report(seconds: number, used: NodeJS.CpuUsage): LoadReport {
  latencies.sort((a, b) => a - b)
  const percentile = (part: number) => latencies[Math.floor(latencies.length * part)] ?? 0
  return {
    requests: latencies.length,
    failed: [...failures.values()].reduce((sum, count) => sum + count, 0),
    failures: Object.fromEntries(failures),
    perSecond: latencies.length / seconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
    cpu: (used.user + used.system) / 1e6 / seconds,
  }
}

const result = await run(JSON.parse(process.argv[2] ?? '') as LoadOrder)
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
