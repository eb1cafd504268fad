import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { OutputStream, OutputStreams } from './platform.ts'

/**
 * Output streams as files under a directory. A stream that is found there and is not being written by this process has
 * ended: its writer is gone.
 */
export function createStreams(directory: string): OutputStreams {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const live = new Map<string, OutputStream>()
  const file = (id: string) => path.join(directory, id)
  return {
    create(id = randomUUID()) {
      const stream = openLive(id, file(id), () => live.delete(id))
      live.set(id, stream)
      return stream
    },
    open(id) {
      if (!/^[\w-]+$/.test(id)) return undefined
      return live.get(id) ?? (existsSync(file(id)) ? openEnded(id, file(id)) : undefined)
    },
  }
}

function openLive(id: string, file: string, onEnd: () => void): OutputStream {
  const descriptor = openSync(file, 'w', 0o600)
  const events = new EventEmitter<{ chunk: [Buffer]; end: [] }>()
  events.setMaxListeners(0)
  let ended = false
  return {
    id,
    get ended() {
      return ended
    },
    write(text) {
      if (ended || text.length === 0) return
      const chunk = Buffer.from(text)
      writeSync(descriptor, chunk)
      events.emit('chunk', chunk)
    },
    end() {
      if (ended) return
      ended = true
      closeSync(descriptor)
      onEnd()
      events.emit('end')
    },
    content: () => readFileSync(file),
    follow(onChunk, whenEnded) {
      events.on('chunk', onChunk).once('end', whenEnded)
      if (ended) queueMicrotask(whenEnded)
      return () => events.off('chunk', onChunk).off('end', whenEnded)
    },
  }
}

function openEnded(id: string, file: string): OutputStream {
  return {
    id,
    ended: true,
    write() {},
    end() {},
    content: () => readFileSync(file),
    follow(_onChunk, onEnd) {
      queueMicrotask(onEnd)
      return () => {}
    },
  }
}
