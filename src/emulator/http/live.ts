import type { FastifyReply } from 'fastify'

/** A response that goes on until its source ends or the client leaves. */
export interface LiveResponse {
  readonly write: (data: string | Buffer) => void
  readonly end: () => void
  readonly onClose: (callback: () => void) => void
}

/** Sends the headers at once and keeps the response open. */
export function openLive(reply: FastifyReply, head: { status: number; contentType: string }): LiveResponse {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(head.status, {
    'Content-Type': head.contentType,
    'Cache-Control': 'no-cache',
  })
  raw.flushHeaders()
  return {
    write: (data) => void raw.write(data),
    end: () => void raw.end(),
    onClose: (callback) => void raw.once('close', callback),
  }
}
