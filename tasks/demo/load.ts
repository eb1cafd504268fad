import { createTally, type Outcome, type Tally } from './tally.ts'
import { sendRequest, type LoadRequest } from './load-request.ts'

export interface LoadOptions {
  /** The app's address, through its router. */
  readonly url: string
  readonly requestsPerSecond: number
}

/** Users of the app: requests at a steady rate, whether the earlier ones were answered or not, and never repeated. */
export interface Load {
  /** Counts the requests that are being sent now. */
  tally(): Tally
  /** Ends the present tally and begins the next. */
  nextTally(): Tally
  /** Every write that was answered with 201, since the load began: its key and its title. */
  readonly acknowledged: ReadonlyMap<string, string>
  /** Sends nothing more and waits for what is on its way. */
  stop(): Promise<void>
}

export function startLoad({ url, requestsPerSecond }: LoadOptions): Load {
  const acknowledged = new Map<string, string>()
  const onItsWay = new Set<Promise<void>>()
  let tally = createTally()
  let number = 0

  const send = () => {
    const request = nextRequest(number++, acknowledged.size)
    const countedBy = tally
    countedBy.sent()
    const done = sendRequest(url, request).then((outcome) => {
      remember(request, outcome, acknowledged)
      countedBy.answered(outcome, request.kind)
      onItsWay.delete(done)
    })
    onItsWay.add(done)
  }

  const pace = startPace(requestsPerSecond, send)
  return {
    acknowledged,
    tally: () => tally,
    nextTally: () => (tally = createTally()),
    async stop() {
      clearInterval(pace)
      await Promise.all(onItsWay)
    },
  }
}

/** Keeps the rate over a timer that fires late: what was missed is sent at once, as users would have done. */
function startPace(requestsPerSecond: number, send: () => void): NodeJS.Timeout {
  const startedAt = performance.now()
  let sent = 0
  return setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * requestsPerSecond)
    for (; sent < due; sent++) send()
  }, 1000 / requestsPerSecond)
}

/** One in three writes; the others read the newest items, one item, and the start page. */
function nextRequest(number: number, items: number): LoadRequest {
  if (number % 3 === 0) {
    // Titles repeat, as those of real users do: a table of unique names cannot be filled with them.
    return { kind: 'write', key: `order-${number}`, title: `parcel ${number % 40}` }
  }
  if (number % 3 === 1) return { kind: 'read', path: '/items' }
  return { kind: 'read', path: items > 0 && number % 2 === 0 ? `/items/${1 + (number % items)}` : '/' }
}

function remember(request: LoadRequest, outcome: Outcome, acknowledged: Map<string, string>): void {
  if (request.kind === 'write' && outcome.result === 'answered') acknowledged.set(request.key, request.title)
}
