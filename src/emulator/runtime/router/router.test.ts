import { once } from 'node:events'
import { Agent, request as openRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { until, withRuntime, type TestRuntime } from '../../../../test/support/runtime.ts'
import type { App } from '../../model.ts'

const url = (app: App, path = '/') => `http://127.0.0.1:${app.routerPort}${path}`
const lastLine = (test: TestRuntime, app: App) => test.messages(app, { dyno: 'router' }).at(-1) ?? ''

async function readAll(stream: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

/** An app whose dynos are up. */
async function servingApp(test: TestRuntime, options: Parameters<TestRuntime['app']>[0] = {}): Promise<App> {
  const app = await test.app(options)
  await test.runtime.apply(app, 'release')
  await until('up', () => test.runtime.dynos(app).every((dyno) => dyno.state === 'up'))
  return app
}

async function expectError(test: TestRuntime, app: App, path: string, code: string): Promise<void> {
  const response = await fetch(url(app, path))
  expect(response.status).toBe(503)
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(await response.text()).toContain('<!DOCTYPE html>')
  expect(lastLine(test, app)).toMatch(new RegExp(`code=${code} .* status=503 `))
}

test('passes headers on, adds the platform own, and keeps a request id', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const id = 'a-request-id-of-the-client'
    const sent = { 'X-Request-Id': id, 'X-Forwarded-For': '10.0.0.1', 'X-Own': 'mine', Via: '1.1 forged' }
    const seen = (await (await fetch(url(app, '/headers'), { headers: sent })).json()) as Record<
      string,
      string
    >
    expect(seen).toMatchObject({
      host: `127.0.0.1:${app.routerPort}`,
      'x-own': 'mine',
      'x-request-id': id,
      'x-forwarded-for': '10.0.0.1, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(app.routerPort),
      via: '1.1 heroku-router',
    })
    expect(Number(seen['x-request-start'])).toBeGreaterThan(1_700_000_000_000)
    expect(lastLine(test, app)).toContain(`request_id=${id} fwd="10.0.0.1, 127.0.0.1"`)
  }))

test('gives status, message and repeated headers back as the dyno sent them', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const response = await fetch(url(app, '/raw-headers'))
    expect([response.status, response.statusText]).toEqual([201, 'Made'])
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('via')).toBe('1.1 heroku-router')
    expect(await response.text()).toBe('made')
  }))

test('streams bodies of any size both ways', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const body = Buffer.alloc(5_000_000, 'lockkeeper ')
    const response = await fetch(url(app, '/echo'), { method: 'POST', body })
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
    expect(lastLine(test, app)).toContain('method=POST path="/echo"')
    expect(lastLine(test, app)).toContain('bytes=5000000')
    expect(await (await fetch(url(app, '/echo'), { method: 'POST' })).text()).toBe('')
    const streamed = await fetch(url(app, '/stream'))
    const parts = (streamed.body as ReadableStream<Uint8Array>).getReader()
    const read = async () => Buffer.from((await parts.read()).value ?? []).toString()
    expect(await read()).toBe('data: 1\n\n')
    await fetch(url(app, '/end-streams'))
    expect(await read()).toBe('data: 2\n\n')
  }))

test('a HEAD request has the headers and no body', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const response = await fetch(url(app), { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
    await test.runtime.stop(app, 'web')
    app.maintenance = true
    const closed = await fetch(url(app), { method: 'HEAD' })
    expect([closed.status, await closed.text()]).toEqual([503, ''])
  }))

test('joins a client and a dyno after a protocol switch', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const request = openRequest(url(app), { headers: { Connection: 'Upgrade', Upgrade: 'echo' } })
    request.end()
    const [response, socket] = (await once(request, 'upgrade')) as [
      { statusCode: number },
      ReturnType<typeof connect>,
    ]
    expect(response.statusCode).toBe(101)
    socket.write('ping')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toBe('ping')
    socket.end()
    await until('logged', () => lastLine(test, app).includes('status=101'))
  }))

test('a client that offers HTTP/2 gets the plain answer', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const offer = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' }
    const request = openRequest(url(app), { headers: offer })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(await readAll(response)).toBe('v1 web.1\n')
    await until('logged', () => lastLine(test, app).includes('status=200'))
  }))

test('passes a chunked upload on as chunks', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const request = openRequest(url(app, '/echo'), { method: 'PUT' })
    const responded = once(request, 'response')
    for (const part of ['one ', 'two ', 'three']) {
      request.write(part)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    request.end()
    const [response] = (await responded) as [IncomingMessage]
    expect(await readAll(response)).toBe('one two three')
  }))

test('an answer before the end of the upload reaches the client, and the next request is well', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const request = openRequest(url(app), { method: 'POST', headers: { 'Content-Length': 1_000 } })
    request.on('error', () => undefined)
    request.write('only a part')
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(await readAll(response)).toBe('v1 web.1\n')
    request.destroy()
    expect(await (await fetch(url(app))).text()).toBe('v1 web.1\n')
  }))

test('H12: no first byte in time; the dyno stays in use', () =>
  withRuntime({ durations: { requestTimeout: 10 } }, async (test) => {
    const app = await servingApp(test)
    await expectError(test, app, '/hang', 'H12')
    expect((await fetch(url(app))).status).toBe(200)
  }))

test('H13: the dyno closes the connection without a response', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    await expectError(test, app, '/drop', 'H13')
    expect(lastLine(test, app)).toContain('dyno=web.1')
  }))

test('H14 without web dynos, H81 without any code', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test, { quantities: { web: 0 } })
    await expectError(test, app, '/', 'H14')
    const blank = test.emptyApp()
    await test.runtime.openRouter(blank)
    await expectError(test, blank, '/', 'H81')
  }))

test('H15 and H18: a response that falls silent or breaks off is cut at the client, too', () =>
  withRuntime({ durations: { idleTimeout: 10 } }, async (test) => {
    const app = await servingApp(test)
    await expect(fetch(url(app, '/half')).then((response) => response.text())).rejects.toThrow()
    expect(lastLine(test, app)).toContain('code=H15 desc="Idle connection"')
    await expect(fetch(url(app, '/torn')).then((response) => response.text())).rejects.toThrow()
    expect(lastLine(test, app)).toContain('code=H18')
  }))

test('H17: what the dyno says is not HTTP', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    await expectError(test, app, '/gibberish', 'H17')
  }))

test('H20: a request waits only so long for a dyno that boots', () =>
  withRuntime({ durations: { bootQueue: 10 } }, async (test) => {
    const app = await test.app({ configVars: { NEVER_BIND: '1' } })
    await test.runtime.apply(app, 'release')
    await expectError(test, app, '/', 'H20')
  }))

test('H21: a dyno that refuses connections is passed over, and the error when all refuse', () =>
  withRuntime({ spread: 'round-robin' }, async (test) => {
    const app = await servingApp(test, { quantities: { web: 2 } })
    const first = await fetch(url(app, '/close-listener'))
    expect(first.status).toBe(200)
    await until('only one answers', async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(async () => (await fetch(url(app))).text()))
      return new Set(answers).size === 1
    })
    expect((await fetch(url(app, '/close-listener'))).status).toBe(200)
    // A connection that was open may be closed under a request first, which is H13.
    await until('refused', async () => {
      await fetch(url(app))
      return lastLine(test, app).includes('code=H21')
    })
    await expectError(test, app, '/', 'H21')
  }))

test('H27: the client hangs up while it waits, in the queue and at the dyno', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    await expect(fetch(url(app, '/hang'), { signal: AbortSignal.timeout(150) })).rejects.toThrow()
    await until('logged', () => /code=H27 .* dyno=web\.1 .* status=499/.test(lastLine(test, app)))
    test.release(app, { configVars: { BOOT_DELAY: '700' } })
    await test.runtime.apply(app, 'release')
    await expect(fetch(url(app, '/queued'), { signal: AbortSignal.timeout(150) })).rejects.toThrow()
    await until('logged', () => /code=H27 .*path="\/queued" .* dyno= .* status=499/.test(lastLine(test, app)))
  }))

test('H27: a client that asks for another protocol hangs up, at the dyno and in the queue', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const hangUp = async (path: string): Promise<void> => {
      const socket = connect(app.routerPort, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`)
      socket.end()
      await once(socket, 'close')
    }
    await hangUp('/hang')
    await until('logged', () => /code=H27 .*path="\/hang" .* dyno=web\.1 /.test(lastLine(test, app)))
    test.release(app, { configVars: { BOOT_DELAY: '2000' } })
    await test.runtime.apply(app, 'release')
    await hangUp('/queued')
    await until('logged', () => /code=H27 .*path="\/queued" .* dyno= /.test(lastLine(test, app)))
  }))

test('the status of H27 in the log can be another', () =>
  withRuntime({ assumptions: { hangUpStatus: 408 } }, async (test) => {
    const app = await servingApp(test)
    await expect(fetch(url(app, '/hang'), { signal: AbortSignal.timeout(150) })).rejects.toThrow()
    await until('logged', () => /code=H27 .* dyno=web\.1 .* status=408/.test(lastLine(test, app)))
  }))

test('H80: maintenance closes the app without touching its dynos, with its own page when it has one', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    app.maintenance = true
    await expectError(test, app, '/', 'H80')
    expect(lastLine(test, app)).toContain('at=info code=H80 desc="Maintenance mode"')
    app.configVars.MAINTENANCE_PAGE_URL = 'https://example.com/"sorry"'
    expect(await (await fetch(url(app))).text()).toContain('src="https://example.com/&quot;sorry&quot;"')
    app.maintenance = false
    expect((await fetch(url(app))).status).toBe(200)
  }))

test('spreads requests over all dynos that are up', () =>
  withRuntime({ spread: 'round-robin' }, async (test) => {
    const app = await servingApp(test, { quantities: { web: 3 } })
    const answers: string[] = []
    for (let n = 0; n < 6; n++) answers.push(await (await fetch(url(app))).text())
    expect(answers.slice(0, 3).sort()).toEqual(['v1 web.1\n', 'v1 web.2\n', 'v1 web.3\n'])
    expect(answers.slice(3)).toEqual(answers.slice(0, 3))
  }))

test('a client keeps its connection over a change of dynos and over errors', () =>
  withRuntime({}, async (test) => {
    const app = await servingApp(test)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    const get = async (path: string) => {
      const request = openRequest(url(app, path), { agent })
      request.once('socket', (socket) => socket.once('connect', () => ports.add(socket.localPort)))
      request.end()
      const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
      response.resume()
      await once(response, 'end')
      return response.statusCode
    }
    expect(await get('/')).toBe(200)
    expect(await get('/drop')).toBe(503)
    await test.runtime.restart(app, 'web')
    expect(await get('/')).toBe(200)
    expect(ports.size).toBe(1)
    agent.destroy()
  }))

test('a port that another program has taken is replaced', () =>
  withRuntime({}, async (test) => {
    const first = await test.app()
    const second = test.emptyApp()
    second.routerPort = first.routerPort
    await test.runtime.openRouter(second)
    expect(second.routerPort).not.toBe(first.routerPort)
    expect(test.store.app(second.id)?.routerPort).toBe(second.routerPort)
  }))
