import { createTiming } from '../../src/config/timing.ts'
import { createHerokuClient, type ClientOptions, type HerokuClient } from '../../src/heroku/client.ts'

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
