import { MalformedResponse } from './malformed-response.ts'

/** Undoes chunked transfer coding, whatever pieces it arrives in. */
export interface ChunkedBody {
  /** Hands out body bytes; returns how many bytes of the piece belonged to the body, all of them until it is complete. */
  push(piece: Buffer, onData: (data: Buffer) => void): number
  readonly complete: boolean
}

/** A chunk's size in hexadecimal with extensions, or a trailer, is far shorter than this. */
const LONGEST_LINE = 16_384
const LINE_FEED = 10

export function createChunkedBody(): ChunkedBody {
  let state: 'size' | 'data' | 'data end' | 'trailer' | 'complete' = 'size'
  let line = ''
  let left = 0

  /** A whole line without its end, or undefined when more must come; `at` moves on. */
  function readLine(piece: Buffer, from: number): { text: string | undefined; at: number } {
    const end = piece.indexOf(LINE_FEED, from)
    line += piece.toString('latin1', from, end === -1 ? piece.length : end)
    if (line.length > LONGEST_LINE) throw new MalformedResponse('A line of a chunked body is too long')
    if (end === -1) return { text: undefined, at: piece.length }
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    line = ''
    return { text, at: end + 1 }
  }

  function next(text: string): void {
    if (state === 'size') {
      if (!/^[0-9a-fA-F]{1,13}\s*(;.*)?$/.test(text)) throw new MalformedResponse('A chunk has no size')
      left = Number.parseInt(text, 16)
      state = left === 0 ? 'trailer' : 'data'
    } else if (state === 'data end') {
      if (text !== '') throw new MalformedResponse('A chunk is longer than its size')
      state = 'size'
    } else if (text === '') {
      state = 'complete'
    }
  }

  return {
    push(piece, onData) {
      let at = 0
      while (at < piece.length && state !== 'complete') {
        if (state === 'data') {
          const data = piece.subarray(at, at + left)
          at += data.length
          left -= data.length
          if (left === 0) state = 'data end'
          onData(data)
          continue
        }
        const read = readLine(piece, at)
        at = read.at
        if (read.text !== undefined) next(read.text)
      }
      return at
    },
    get complete() {
      return state === 'complete'
    },
  }
}
