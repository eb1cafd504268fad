import { expect, test } from 'vitest'
import type { ResponseHead } from './response-head.ts'
import { createResponseReader } from './response-reader.ts'

interface Read {
  readonly head: ResponseHead | null
  readonly body: string
  readonly whole: boolean
  readonly excess: boolean
}

/** Reads a response that arrives in pieces of so many bytes, and is then closed when asked. */
function read(text: string, options: { method?: string; size?: number; close?: boolean } = {}): Read {
  const { method = 'GET', size = text.length, close = false } = options
  let result: Read = { head: null, body: '', whole: false, excess: false }
  const reader = createResponseReader(method, {
    onHead: (head) => (result = { ...result, head }),
    onBody: (chunk) => (result = { ...result, body: result.body + chunk.toString() }),
    onEnd: (_, excess) => (result = { ...result, whole: true, excess }),
  })
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length && !result.whole; at += size) reader.push(bytes.subarray(at, at + size))
  if (close) expect(reader.close()).toBe(result.whole)
  return result
}

const withLength = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nhello'
const chunked =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n7\r\n, world\r\n0\r\nTrailer: x\r\n\r\n'

test.each([1, 2, 3, 7, 1_000])('reads a body of known length in pieces of %i bytes', (size) => {
  const { head, body, whole, excess } = read(withLength, { size })
  expect([body, whole, excess]).toEqual(['hello', true, false])
  expect(head).toMatchObject({ status: 200, message: 'OK', keepAlive: true })
  expect(head?.headers).toEqual([
    'Content-Length',
    '5',
    'Set-Cookie',
    'a',
    'Set-Cookie',
    'b',
    'Via',
    '1.1 heroku-router',
  ])
})

test.each([1, 2, 3, 7, 1_000])('undoes chunks in pieces of %i bytes', (size) => {
  const { head, body, whole } = read(chunked, { size })
  expect([body, whole]).toEqual(['hello, world', true])
  expect(head?.headers).not.toContain('Transfer-Encoding')
})

test('a response without a length ends with the connection, which is not used again', () => {
  const text = 'HTTP/1.1 200 OK\r\n\r\nhello'
  expect(read(text).whole).toBe(false)
  expect(read(text, { close: true })).toMatchObject({
    body: 'hello',
    whole: true,
    head: { keepAlive: false },
  })
  expect(read('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello', { close: true }).whole).toBe(false)
  expect(read('HTTP/1.1 200', { close: true }).whole).toBe(false)
})

test('some responses have no body, whatever their headers say', () => {
  expect(read(withLength.slice(0, -5), { method: 'HEAD' })).toMatchObject({ whole: true, body: '' })
  expect(read('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n')).toMatchObject({ whole: true })
  expect(read('HTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({
    whole: true,
    head: { message: 'No Content' },
  })
  expect(read('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')).toMatchObject({ whole: true, body: '' })
})

test('passes over informational responses', () => {
  const early = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'
  expect(read(early + withLength)).toMatchObject({ body: 'hello', head: { status: 200 } })
  expect(read(early + withLength, { size: 4 })).toMatchObject({ body: 'hello', head: { status: 200 } })
})

test('notices what comes after the end, and who wants the connection closed', () => {
  expect(read(`${withLength}more`)).toMatchObject({ body: 'hello', whole: true, excess: true })
  expect(read(`${chunked}more`)).toMatchObject({ body: 'hello, world', excess: true })
  const keepAlive = (text: string) => read(text).head?.keepAlive
  expect(keepAlive('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n')).toBe(false)
  expect(keepAlive('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n')).toBe(false)
  expect(keepAlive('HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n')).toBe(true)
})

test.each([
  'SSH-2.0-OpenSSH\r\n\r\n',
  'HTTP/2 200 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n`,
  `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(600_000)}`,
])('refuses what is not HTTP: %#', (text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ name: 'MalformedResponse' }))
})
