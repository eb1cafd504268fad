import { expect, test } from 'vitest'
import { eachWithScriptedHeroku } from '../../test/support/heroku-client.ts'
import { json, reset, type Play } from '../../test/support/scripted-server.ts'
import { DeadlineError } from './errors.ts'
import { openStream } from './output-stream.ts'

const heroku = eachWithScriptedHeroku()

async function readAll(deadline = 60): Promise<string> {
  let text = ''
  for await (const piece of openStream(heroku.client, `${heroku.server.url}/output`, { deadline }))
    text += piece
  return text
}

const whole = (text: string, status = 200): Play => {
  return (response) => response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
}

/** Sends some bytes, then breaks the connection. */
const broken = (bytes: string | Buffer, status = 200): Play => {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/plain' })
    response.write(bytes, () => setTimeout(() => response.socket?.resetAndDestroy(), 20))
  }
}

test('gives the text until its end, without a key', async () => {
  heroku.server.script('GET /output', whole('building\ndone\n'))
  expect(await readAll()).toBe('building\ndone\n')
  expect(heroku.server.asked[0]?.headers.authorization).toBeUndefined()
})

test('waits for an output that is not there yet', async () => {
  const missing = json({ id: 'not_found' }, 404)
  heroku.server.script('GET /output', missing, reset, json({}, 503), missing, whole('late'))
  expect(await readAll()).toBe('late')
})

test('goes on at the byte where the connection broke, in the middle of a character', async () => {
  const bytes = Buffer.from('für alle')
  heroku.server.script('GET /output', broken(bytes.subarray(0, 2)), (response, { headers }) => {
    expect(headers.range).toBe('bytes=2-')
    response.writeHead(206).end(bytes.subarray(2))
  })
  expect(await readAll()).toBe('für alle')
})

test('skips what it has when the server sends everything again', async () => {
  heroku.server.script('GET /output', broken('one two '), whole('one two three'))
  expect(await readAll()).toBe('one two three')
})

test('does not count keep-alive bytes', async () => {
  heroku.server.script('GET /output', broken('\0one\0\0'), (response, { headers }) => {
    expect(headers.range).toBe('bytes=3-')
    response.writeHead(206).end('\0 two')
  })
  expect(await readAll()).toBe('one two')
})

test('has ended when the connection broke after the last byte', async () => {
  heroku.server.script('GET /output', broken('all'), json({}, 416))
  expect(await readAll()).toBe('all')
})

test('ends at its deadline when nothing ever comes', async () => {
  heroku.server.script('GET /output', json({ id: 'not_found' }, 404))
  await expect(readAll(10)).rejects.toBeInstanceOf(DeadlineError)
})

test('ends at its deadline when it goes silent', async () => {
  heroku.server.script('GET /output', (response) => response.writeHead(200).write('begun'))
  await expect(readAll(20)).rejects.toBeInstanceOf(DeadlineError)
})

test('fails at once when it is refused', async () => {
  heroku.server.script('GET /output', json({ id: 'gone' }, 410))
  await expect(readAll()).rejects.toMatchObject({ status: 410 })
})

test('stops when it is aborted', async () => {
  heroku.server.script('GET /output', (response) => response.writeHead(200).write('begun'))
  const stop = new AbortController()
  const reading = (async () => {
    for await (const text of openStream(heroku.client, `${heroku.server.url}/output`, {
      deadline: 600,
      signal: stop.signal,
    })) {
      if (text) stop.abort()
    }
  })()
  await expect(reading).rejects.toThrow()
})
