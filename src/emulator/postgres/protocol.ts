/** Follows what a client of Postgres sends, in pieces of any size, and knows when it is the server's turn. */
export interface ClientTurns {
  /** True when the bytes so far end a message that the server answers. */
  push(bytes: Uint8Array): boolean
}

// Password or SASL response, simple query, function call, sync.
const answered = new Set(['p', 'Q', 'F', 'S'])

export function createClientTurns(): ClientTurns {
  let pending: Buffer = Buffer.alloc(0)
  let started = false
  return {
    push(bytes) {
      pending = Buffer.concat([pending, bytes])
      let last = ''
      for (;;) {
        // The first message of a session carries no type.
        const header = started ? 1 : 0
        if (pending.length < header + 4) break
        const end = header + pending.readInt32BE(header)
        if (pending.length < end) break
        last = started ? String.fromCharCode(pending[0] ?? 0) : 'p'
        started = true
        pending = pending.subarray(end)
      }
      return pending.length === 0 && answered.has(last)
    },
  }
}

/** Collects what the server answers until it waits for the client again. */
export interface ServerTurns {
  /** The whole answer when these bytes complete it, else undefined. */
  push(bytes: Uint8Array): Buffer | undefined
  /** What came of an answer that was never completed. */
  rest(): Buffer
}

// Requests for a password (clear text, MD5) and the steps of SASL that the client answers.
const authenticationRequests = new Set([3, 5, 10, 11])

export function createServerTurns(): ServerTurns {
  let chunks: Uint8Array[] = []
  /** The start of a message whose header is not whole. */
  let carry: Buffer = Buffer.alloc(0)
  /** Bytes still to come of the message that was begun last. */
  let missing = 0
  /** Whether that message ends the server's turn. */
  let ends = false

  function scan(data: Buffer): void {
    let at = 0
    for (;;) {
      const used = Math.min(missing, data.length - at)
      missing -= used
      at += used
      const header = data[at] === authentication ? 9 : 5
      if (missing > 0 || data.length - at < header) break
      ends = data[at] === ready || (header === 9 && authenticationRequests.has(data.readInt32BE(at + 5)))
      missing = 1 + data.readInt32BE(at + 1)
    }
    carry = data.subarray(at)
  }

  return {
    push(bytes) {
      chunks.push(bytes)
      scan(Buffer.concat([carry, bytes]))
      if (!ends || missing > 0 || carry.length > 0) return undefined
      const answer = Buffer.concat(chunks)
      chunks = []
      ends = false
      return answer
    },
    rest: () => Buffer.concat(chunks),
  }
}

const ready = 'Z'.charCodeAt(0)
const authentication = 'R'.charCodeAt(0)
