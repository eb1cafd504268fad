import type { Socket } from 'node:net'

/**
 * Calls back with the first bytes of a connection, and lets whoever reads the socket from then on read them, too. A
 * connection that ends before it says anything is never handed over.
 */
export function whenSpoken(socket: Socket, onBytes: (bytes: Buffer) => void): void {
  const leave = () => socket.destroy()
  socket.on('error', leave).on('end', leave)
  socket.once('data', (bytes: Buffer) => {
    socket.pause()
    socket.off('error', leave).off('end', leave)
    socket.unshift(bytes)
    onBytes(bytes)
    // The new reader may have attached itself without starting the flow.
    process.nextTick(() => socket.resume())
  })
}
