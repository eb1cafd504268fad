import { afterEach, beforeEach } from 'vitest'
import { createTiming } from '../../src/config/timing.ts'
import { createHerokuClient, type ClientOptions, type HerokuClient } from '../../src/heroku/client.ts'
import { startScriptedServer, type ScriptedServer } from './scripted-server.ts'

/** A client for a server on loopback whose platform runs a hundred times faster than Heroku's. */
export function connectClient(url: string, options: Partial<ClientOptions> = {}): HerokuClient {
  return createHerokuClient({
    apiUrl: url,
    dataUrl: url,
    token: 'token-of-the-test',
    timing: createTiming(0.01),
    callTimeout: 5,
    ...options,
  })
}

/** A server that answers by script, and a client of it: fresh ones for each test of a file, closed after it. */
export function eachWithScriptedHeroku(options: Partial<ClientOptions> = {}): {
  server: ScriptedServer
  client: HerokuClient
} {
  // Filled before each test: nothing reads it earlier.
  const heroku = {} as { server: ScriptedServer; client: HerokuClient }
  beforeEach(async () => {
    heroku.server = await startScriptedServer()
    heroku.client = connectClient(heroku.server.url, options)
  })
  afterEach(async () => {
    heroku.client.close()
    await heroku.server.close()
  })
  return heroku
}
