import type { Duplex } from 'node:stream'
import type { OneOff } from '../platform.ts'

/** The client drops the first chunk that it receives, whatever it holds. */
const greeting = 'rendezvous\r\n'
/** What a terminal sends for Ctrl-C and Ctrl-D; the CLI sends the second at the end of its input, too. */
const interrupt = 0x03
const endOfInput = 0x04

/**
 * Joins a client's connection to an attached dyno: bytes go both ways, Ctrl-D ends the dyno's input, Ctrl-C and a client that
 * leaves end the dyno, and the dyno's end ends the connection. `early` is what the dyno has written already, `skip` the bytes of
 * the client's that are no input. Returns what sends the client a further chunk.
 */
export function converse(
  socket: Duplex,
  dyno: OneOff,
  early: readonly Buffer[],
  skip: number,
): (chunk: Buffer) => void {
  const waiting = [...early]
  let greeted = false
  const send = (chunk: Buffer) => {
    if (!greeted) waiting.push(chunk)
    else if (!socket.destroyed) socket.write(chunk)
  }
  const sent = new Promise<void>((resolve) => {
    // In a chunk of its own: together with it, output would be dropped.
    socket.write(greeting, () => {
      greeted = true
      for (const chunk of waiting) send(chunk)
      resolve()
    })
  })
  let ended = false
  void dyno.exited.then(async () => {
    ended = true
    await sent
    socket.end()
  })
  let toSkip = skip
  socket.on('data', (chunk: Buffer) => {
    const rest = chunk.subarray(toSkip)
    toSkip = Math.max(0, toSkip - chunk.length)
    if (rest.length > 0) hear(dyno, rest)
  })
  const leave = () => {
    if (!ended) dyno.kill()
  }
  socket.on('error', () => socket.destroy())
  socket.once('end', leave).once('close', leave)
  return send
}

function hear(dyno: OneOff, bytes: Buffer): void {
  if (bytes.includes(interrupt)) return dyno.kill()
  const end = bytes.at(-1) === endOfInput
  dyno.stdin?.write(end ? bytes.subarray(0, -1) : bytes)
  if (end) dyno.stdin?.end()
}
