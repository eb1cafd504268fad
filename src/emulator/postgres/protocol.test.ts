import { describe, expect, it } from 'vitest'
import { createClientTurns, createServerTurns } from './protocol.ts'

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const startup = message('', Buffer.from('\0\u0003\0\0user\0me\0\0'))
const query = message('Q', Buffer.from('select 1\0'))

describe('createClientTurns', () => {
  it('waits for the end of a message that is split at every byte', () => {
    const turns = createClientTurns()
    const bytes = Buffer.concat([startup, query])
    const ends = [...bytes].flatMap((byte, at) => (turns.push(Uint8Array.of(byte)) ? [at + 1] : []))
    expect(ends).toEqual([startup.length, bytes.length])
  })

  it('expects no answer to parse, bind and terminate, and one to sync', () => {
    const turns = createClientTurns()
    expect(turns.push(startup)).toBe(true)
    expect(turns.push(message('P', Buffer.from('\0select 1\0\0\0')))).toBe(false)
    expect(turns.push(Buffer.concat([message('B', Buffer.alloc(8)), message('S', Buffer.alloc(0))]))).toBe(
      true,
    )
    expect(turns.push(message('X', Buffer.alloc(0)))).toBe(false)
  })
})

describe('createServerTurns', () => {
  const row = message('D', Buffer.from('ZZZZZ R Z'))
  const ready = message('Z', Buffer.from('I'))

  it.each([1, 2, 3, 5, 9, 1000])('gives the whole answer once, from pieces of %i bytes', (size) => {
    const turns = createServerTurns()
    const bytes = Buffer.concat([row, row, message('C', Buffer.from('SELECT 2\0')), ready])
    const answers: (Buffer | undefined)[] = []
    for (let at = 0; at < bytes.length; at += size) answers.push(turns.push(bytes.subarray(at, at + size)))
    expect(answers.filter((answer) => answer !== undefined)).toEqual([bytes])
    expect(answers.at(-1)).toEqual(bytes)
    expect(turns.rest()).toHaveLength(0)
  })

  it('tells a request for a password from the end of authentication', () => {
    const turns = createServerTurns()
    const request = message('R', Buffer.concat([number(10), Buffer.from('SCRAM-SHA-256\0\0')]))
    expect(turns.push(request)).toEqual(request)
    const final = message('R', Buffer.concat([number(12), Buffer.from('v=x')]))
    const accepted = message('R', number(0))
    expect(turns.push(Buffer.concat([final, accepted]))).toBeUndefined()
    expect(turns.push(ready)).toEqual(Buffer.concat([final, accepted, ready]))
  })

  it('keeps what came of an answer that the server did not finish', () => {
    const turns = createServerTurns()
    const error = message('E', Buffer.from('SFATAL\0\0'))
    expect(turns.push(error)).toBeUndefined()
    expect(turns.rest()).toEqual(error)
  })
})
