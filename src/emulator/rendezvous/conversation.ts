import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { OneOff } from '../platform.ts'

/** The client drops the first chunk that it receives, whatever it holds. */
const greeting = 'rendezvous\r\n'
/** What a terminal sends for Ctrl-C and Ctrl-D; the CLI sends the second at the end of its input, too. */
const interrupt = 0x03
const endOfInput = 0x04
/**
 * How long the connection outlives the dyno, milliseconds, for a client whose input has not ended: Heroku's CLI sends the end of its
 * input whenever it comes, and breaks when it finds the connection closed.
 */
const farewell = 500

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
  const inputEnded = hearAll(socket, dyno, skip)
  let ended = false
  void dyno.exited.then(async () => {
    ended = true
    await sent
    await Promise.race([inputEnded, wait(farewell, undefined, { ref: false })])
    socket.end()
  })
  const leave = () => {
    if (!ended) dyno.kill()
  }
  socket.on('error', () => socket.destroy())
  socket.once('end', leave).once('close', leave)
  return send
}

/** Resolves when the client has told the end of its input. */
function hearAll(socket: Duplex, dyno: OneOff, skip: number): Promise<void> {
  let toSkip = skip
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      const rest = chunk.subarray(toSkip)
      toSkip = Math.max(0, toSkip - chunk.length)
      if (rest.includes(interrupt)) dyno.kill()
      else if (rest.length > 0) hear(dyno, rest)
      if (rest.at(-1) === endOfInput) resolve()
    })
  })
}

function hear(dyno: OneOff, bytes: Buffer): void {
  const end = bytes.at(-1) === endOfInput
  dyno.stdin?.write(end ? bytes.subarray(0, -1) : bytes)
  if (end) dyno.stdin?.end()
}
